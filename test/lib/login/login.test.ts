import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decisionsAbout, type Decisions } from '../../../lib/login/decisions.js';
import { logIn } from '../../../lib/login/login.js';
import { digest, id } from '../../../lib/model/json.js';
import type { RedfishTarget } from '../../../lib/model/site.js';
import type { Resolve, Trust } from '../../../lib/model/statement.js';
import type { Connection } from '../../../lib/redfish/types.js';
import { openBurned, type Burned } from '../../../lib/store/burned.js';
import { replaceFile } from '../../../lib/store/files.js';
import { openStatements } from '../../../lib/store/statements.js';
import { codeOf } from '../../support/code-of.js';
import { loginOf } from '../../support/executor-over.js';
import { INCIDENT, oneTarget, STEP, type Name, type OneTarget } from '../../support/one-target.js';

let one: OneTarget;
let path: string;
let recorded: string[];
let facts: object;

beforeEach(async () => {
  one = await oneTarget({ profile: 'small' });
  path = one.layout.incident(INCIDENT).target(one.target.id).burned;
  recorded = [];
});
afterEach(() => one.close());

/** As a worker that has just started: nothing is remembered but what lies in the store. */
function fresh(): { burned: Burned; decisions: Decisions } {
  const statements = openStatements(one.layout.incident(INCIDENT).statements);
  return {
    burned: openBurned(path),
    decisions: decisionsAbout(one.target.id, { incident: INCIDENT, statements, keyring: async () => one.ground.keyring }),
  };
}

function open(target: RedfishTarget = one.target, change: Partial<Burned> = {}): Promise<Connection> {
  const { burned, decisions } = fresh();
  return logIn({
    target,
    mode: 'read-only',
    signal: new AbortController().signal,
    limits: { retryPausesMs: [] },
    secret: async () => loginOf(one.ground),
    burned: { ...burned, ...change },
    decisions,
    async record(type, data) {
      recorded.push(type);
      facts = data;
      return { seq: 1, head: digest('0'.repeat(64)) };
    },
  });
}

/** How a login ended: its error's code, or `in`. */
async function ending(work: Promise<Connection>): Promise<unknown> {
  const code = await codeOf(work);
  if (code === 'resolved') await (await work).close();
  return code === 'resolved' ? 'in' : code;
}

const logins = (): number => one.fleet.wire.entries.filter(({ method, uri }) => method === 'POST' && uri.endsWith('/Sessions')).length;

const resolve = (change: Partial<Resolve> = {}, person: Name = 'rita') =>
  one.say(person, (said) => ({
    ...said,
    verb: 'resolve',
    launch: one.launch,
    step: STEP,
    choice: 'retry',
    retry: 0,
    targets: [one.target.id],
    ...change,
  }));

const trust = (pin: string, change: Partial<Trust> = {}, person: Name = 'lara') =>
  one.say(person, (said) => ({
    ...said,
    verb: 'trust',
    launch: one.launch,
    target: one.target.id,
    pin: digest(pin),
    replaces: one.target.pin,
    turn: 0,
    ...change,
  }));

describe('a login that was refused', () => {
  beforeEach(async () => {
    await one.fleet.fault(one.bmc.id, 'unauthorized');
    expect(await ending(open())).toBe('LOGIN_REFUSED');
  });

  it('is not tried again, whoever asks, and a mended password changes nothing', async () => {
    expect(await ending(open())).toBe('SECRET_BURNED');
    await one.fleet.fault(one.bmc.id, null);
    expect(await ending(open())).toBe('SECRET_BURNED');
    expect(logins()).toBe(1);
    expect(recorded).toEqual(['secret.burned']);
  });

  it('is tried once for each signed decision, as long as it fails', async () => {
    for (const retry of [0, 1]) {
      await resolve({ retry });
      expect(await ending(open())).toBe('LOGIN_REFUSED');
      expect(await ending(open())).toBe('SECRET_BURNED');
    }
    expect(logins()).toBe(3);
  });

  it('is tried once for two decisions that were made before the second failure', async () => {
    await resolve({ retry: 0 });
    await resolve({ retry: 1 });
    expect([await ending(open()), await ending(open())]).toEqual(['LOGIN_REFUSED', 'SECRET_BURNED']);
    expect(logins()).toBe(2);
  });

  it('opens the target again when a decided one succeeds', async () => {
    await one.fleet.fault(one.bmc.id, null);
    await resolve();
    expect([await ending(open()), await ending(open())]).toEqual(['in', 'in']);
    expect(recorded).toEqual(['secret.burned', 'secret.licensed', 'connection.opened', 'connection.opened']);
    expect(logins()).toBe(3);
  });

  it('uses its decision up before the secret leaves, so that a crash in between does not send it twice', async () => {
    await resolve();
    const dying = open(one.target, {
      spend: async (decision) => {
        await fresh().burned.spend(decision);
        throw new Error('power cut');
      },
    });
    await expect(dying).rejects.toThrow('power cut');
    expect(await ending(open())).toBe('SECRET_BURNED');
    expect(logins()).toBe(1);
  });

  it('keeps its decision when the BMC was not reached at all', async () => {
    await resolve();
    await one.fleet.fault(one.bmc.id, 'down');
    expect(await ending(open())).toBe('UNREACHABLE');
    await one.fleet.fault(one.bmc.id, null);
    expect(await ending(open())).toBe('in');
  });

  it('is not tried for what is no decision about it', async () => {
    await resolve({ choice: 'skip' });
    await resolve({ choice: 'abort' });
    await resolve({ targets: [id('bmc-0099')] });
    await resolve({ launch: digest('9'.repeat(64)) });
    expect(await ending(open())).toBe('SECRET_BURNED');
  });

  it('stays burned when its record cannot be read', async () => {
    await resolve();
    await replaceFile(path, '{"open":false}');
    expect(await ending(open())).toBe('RECORD_UNREADABLE');
    expect(logins()).toBe(1);
  });
});

it('a decision that was made before a secret burned does not count after it', async () => {
  await resolve();
  await one.fleet.fault(one.bmc.id, 'unauthorized');
  expect([await ending(open()), await ending(open())]).toEqual(['LOGIN_REFUSED', 'SECRET_BURNED']);
});

it('a session that is cut in the middle burns the secret', async () => {
  const connection = await open();
  await one.withConnection('read-write', (other) =>
    other.send({ method: 'DELETE', uri: connection.session ?? '', body: null, ifMatch: null }),
  );
  expect(await codeOf(connection.get('/redfish/v1/Managers'))).toBe('UNAUTHORIZED');
  await connection.close();
  expect(await ending(open())).toBe('SECRET_BURNED');
});

describe('a key that nobody vouches for', () => {
  it('is sent nothing, before or after a decision to try again', async () => {
    await one.fleet.fault(one.bmc.id, 'wrong-certificate');
    expect(await ending(open())).toBe('PIN_MISMATCH');
    await resolve();
    expect([await ending(open()), await ending(open())]).toEqual(['PIN_MISMATCH', 'SECRET_BURNED']);
    expect(await ending(open({ ...one.target, pin: null }))).toBe('SECRET_BURNED');
    expect(one.fleet.wire.entries).toEqual([]);
    const [burn] = (await fresh().burned.read()).burns;
    expect(burn).toMatchObject({ code: 'PIN_MISMATCH', secret: one.target.secret, pinned: one.target.pin });
    expect(burn?.seen).not.toBe(one.target.pin);
  });

  it('that goes away leaves the target closed: the old key does not reopen it by itself', async () => {
    await one.fleet.fault(one.bmc.id, 'wrong-certificate');
    await ending(open());
    await one.fleet.fault(one.bmc.id, null);
    expect(await ending(open())).toBe('SECRET_BURNED');
  });
});

describe('trust in a new key', () => {
  const [FIRST, SECOND] = ['a'.repeat(64), 'b'.repeat(64)];

  it('is in force once somebody who decides at a gate has signed it, and the highest turn counts', async () => {
    expect(await fresh().decisions.trusted()).toBeNull();
    await trust(SECOND, { turn: 1 });
    await trust(FIRST, { turn: 0 });
    expect(await fresh().decisions.trusted()).toMatchObject({ pin: SECOND, turn: 1 });
  });

  it('is not in force when the requester signed it, or it binds another launch or target', async () => {
    await trust(FIRST, {}, 'rita');
    await trust(FIRST, { launch: digest('9'.repeat(64)) });
    await trust(FIRST, { target: id('bmc-0099') });
    expect(await fresh().decisions.trusted()).toBeNull();
  });

  it('is in nothing when two people vouched for two keys at once, until somebody settles it', async () => {
    await trust(FIRST, {}, 'lara');
    await trust(SECOND, {}, 'liam');
    expect(await codeOf(fresh().decisions.trusted())).toBe('TRUST_CONFLICT');
    await trust(FIRST, { turn: 1, replaces: digest(SECOND) }, 'liam');
    expect(await fresh().decisions.trusted()).toMatchObject({ pin: FIRST });
  });
});

it('an exception from TLS 1.2 is recorded with its reason, and with what was spoken', async () => {
  await ending(open({ ...one.target, tls: { ca: null, minimum: 'TLSv1.1', reason: 'firmware of 2013' } }));
  const spoken = { tls: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' };
  expect(facts).toEqual({ peer: one.target.pin, ...spoken, trust: 'pin', minimum: 'TLSv1.1', reason: 'firmware of 2013' });
});
