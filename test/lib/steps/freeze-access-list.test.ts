import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { FindingCode } from '../../../lib/model/finding.js';
import { id, type Json } from '../../../lib/model/json.js';
import type { Operation, Outcome } from '../../../lib/model/operation.js';
import type { IndexRow, Plan } from '../../../lib/model/plan.js';
import type { GateRef } from '../../../lib/model/work.js';
import { ExecutorError } from '../../../lib/operations/error.js';
import type { ExecutorDeps } from '../../../lib/operations/job.js';
import { RedfishError } from '../../../lib/redfish/errors.js';
import { isObject } from '../../../lib/redfish/json.js';
import { readRules } from '../../../lib/steps/access-rules.js';
import { freeze } from '../../../lib/steps/freeze.js';
import { freezeDrift } from '../../../lib/steps/freeze/drift.js';
import { recordingReader } from '../../../lib/steps/reader.js';
import { readFinding } from '../../../lib/trust/read-plan.js';
import { ask, visit } from '../../drill/bmc-client.js';
import type { Job } from '../../support/attempt-once.js';
import { releaseBy } from '../../support/by-launch.js';
import { compileChildren, ended, firstLine, type Children } from '../../support/child.js';
import { counted } from '../../support/counted.js';
import { secretsOf, oneTarget, POLICY, type OneTarget } from '../../support/one-target.js';
import { ISOLATION } from '../isolation/support.js';

/** Where we come from on loopback, and somebody else. */
const US = '127.0.0.1';
const STRANGER = '127.0.0.2';
const RANGES = '/redfish/v1/Managers/iDRAC.Embedded.1/Oem/Dell/DellAttributes/iDRAC.Embedded.1';
const CONTROL = '/redfish/v1/Managers/1/Oem/Supermicro/IPAccessControl';
const RULES = `${CONTROL}/FilterRules`;

type Maker = 'dell' | 'supermicro';
const MAKERS: readonly Maker[] = ['dell', 'supermicro'];

let one: OneTarget | null = null;
afterEach(async () => {
  await one?.close();
  one = null;
});

describe.each(MAKERS)('on a %s', (maker) => {
  test('the stranger gets in before and not after, we do, and a release restores exactly what was there', async () => {
    const here = await ready(maker);
    const before = await listOf(here, maker);
    expect(await strangersLogin(here)).toBe(201);
    expect(await carryOut(here)).toEqual(here.access.map(() => 'done'));
    expect(await strangersLogin(here)).not.toBe(201);
    expect((await visit(here.bmc)).session).toContain('/Sessions/');
    expect(await listOf(here, maker)).not.toEqual(before);

    expect(await release(here)).toEqual(here.access.map(() => 'done'));
    expect(await listOf(here, maker)).toEqual(before);
    expect(await strangersLogin(here)).toBe(201);
  });

  test('the lock of the maker comes last, and our own rule before the switch', async () => {
    const { plan, access } = await ready(maker);
    expect(JSON.stringify(operationsOf(plan).at(-1)?.send)).toContain('Lockdown');
    expect(access.map(({ send }) => JSON.stringify(send).includes(US))).toEqual([true, false]);
    expect(access.at(-1)?.proof).toEqual({ by: 'act', witness: 'login' });
  });

  test('under a lock that was set before it is narrowed and set back all the same, and locked in between', async () => {
    const here = await ready(maker, { set: ({ fleet, target }) => fleet.fault(target.id, 'lockdown-on') });
    const before = await listOf(here, maker);
    const [relock] = here.plan.sections.find(({ operations }) => operations.some((one) => one === here.access[1]))?.always ?? [];
    const locking = (change = {}) => here.run(1, undefined, { operation: relock?.n, ...change });
    expect(await carryOut(here)).toEqual(here.access.map(() => 'done'));
    expect([here.access.length, (await locking()).is, here.bmc.isLocked()]).toEqual([3, 'done', true]);
    expect(await strangersLogin(here)).not.toBe(201);
    expect((await locking({ release: await releaseBy(here, 'lara') })).is).toBe('done');
    expect(await release(here)).toEqual(here.access.map(() => 'done'));
    expect([here.bmc.isLocked(), await listOf(here, maker)]).toEqual([true, before]);
  });

  test('what the site let in beside responders is found, goes once ours are in, and comes back in its order', async () => {
    const here = await ready(maker, { set: wide });
    expect(await codes(here)).toContain('ACCESS_LIST_FOREIGN');
    const before = await listOf(here, maker);
    expect(await strangersLogin(here)).toBe(201);
    expect(await carryOut(here)).toEqual(here.access.map(() => 'done'));
    expect(await strangersLogin(here)).not.toBe(201);
    expect(await release(here)).toEqual(here.access.map(() => 'done'));
    expect(await listOf(here, maker)).toEqual(before);
    expect(await strangersLogin(here)).toBe(201);
  });

  test('a list that lets in responders alone is left as it is', async () => {
    const here = await ready(maker, { set: narrow });
    expect(here.access).toEqual([]);
    expect((await codes(here)).filter((code) => code === 'ACCESS_LIST_FOREIGN')).toEqual([]);
  });

  test.each([
    ['responders that we are none of', ['192.0.2.0/24']],
    ['responders over IPv6 alone', ['fd00::/8']],
    ['more responders than the list has room for, or none', maker === 'dell' ? [US, ...SIX] : []],
  ])('with %s nothing is planned', async (_, responders) => {
    const here = await ready(maker, { responders });
    expect(here.access).toEqual([]);
    expect(await codes(here)).toContain('ACCESS_LIST_LEFT_OUT');
  });

  test('a change after which no second session gets in is taken back by itself, and we are still in', async () => {
    const here = await ready(maker);
    const before = await listOf(here, maker);
    await here.fleet.fault(here.target.id, 'access-list-shuts-all');
    const [, on] = here.access;
    expect(await carryOut(here)).toEqual(['done', 'ACCESS_TAKEN_BACK']);
    expect(await visit(here.bmc)).toBeDefined();
    const sent = here.fleet.wire.entries.filter(({ method, uri }) => method === 'PATCH' && uri === uriOf(on));
    expect(sent).toHaveLength(maker === 'dell' ? 3 : 2);
    // What the section had done before it is left for the release.
    await here.fleet.fault(here.target.id, null);
    expect(await release(here)).toEqual(['already', 'done']);
    expect(await listOf(here, maker)).toEqual(before);
  });

  test('drift of the list is seen', async () => {
    const here = await ready(maker);
    await carryOut(here);
    expect(await drift(here)).toEqual([]);
    await change(here, maker === 'dell' ? RANGES : RULES, maker === 'dell' ? 'PATCH' : 'POST', widened(maker));
    expect((await drift(here)).map(({ uri }) => uri)).toEqual([maker === 'dell' ? RANGES : RULES]);
  });

  test('a failure at each step sends nothing twice, and ends with nobody locked out', async () => {
    const steps = await stepsOf(maker, 2);
    expect(steps).toContain('secondLogin');
    for (let step = 1; step <= steps.length; step += 1) {
      const here = await ready(maker);
      expect(await settled(here, 1)).toBe('done');
      const failing = counted((now, when) => {
        if (now === step && when === 'before') throw new RangeError(`injected at step ${String(step)}`);
      });
      await here.run(2, failing.over).catch(() => null);
      const is = await settled(here, 2);
      expect(patches(here).length, `${String(failing.names.at(-1))} ${is}`).toBeLessThanOrEqual(maker === 'dell' ? 2 : 1);
      // When nothing was sent nobody can tell that it was not; when it was, it is done.
      expect(is).toBe(patches(here).length === (maker === 'dell' ? 2 : 1) ? 'done' : 'NOT_OBSERVED');
      expect(await visit(here.bmc)).toBeDefined();
      await here.close();
      one = null;
    }
  }, 240_000);
});

test('rules in force are taken back one by one, too, when no second session gets in', async () => {
  const here = await ready('supermicro', { set: wide });
  const before = await listOf(here, 'supermicro');
  let refused = 0;
  const shutOut = (deps: ExecutorDeps): ExecutorDeps => ({
    ...deps,
    secondLogin: (...asked) =>
      (refused += 1) <= 3
        ? Promise.reject(new RedfishError('DROPPED', 'as a list would', { uri: RULES, sent: 'unknown', status: null }))
        : deps.secondLogin(...asked),
  });
  expect(await here.run(1, shutOut)).toMatchObject({ is: 'failed', code: 'ACCESS_TAKEN_BACK' });
  expect(await listOf(here, 'supermicro')).toEqual(before);
});

test('nobody says that we are in when the taking back cannot be shown', async () => {
  const here = await ready('dell');
  expect(await settled(here, 1)).toBe('done');
  const shutOut = (deps: ExecutorDeps): ExecutorDeps => ({
    ...deps,
    secondLogin: () => Promise.reject(new RedfishError('LOGIN_REFUSED', 'as a range would', { uri: RANGES, sent: true, status: 401 })),
  });
  expect(await here.run(2, shutOut)).toMatchObject({ is: 'unknown', code: 'LOCKED_OUT' });
});

test('an attempt that is no longer wanted proves nothing, and takes nothing back', async () => {
  const here = await ready('dell');
  expect(await settled(here, 1)).toBe('done');
  const wanted = new AbortController();
  const gone = (deps: ExecutorDeps): ExecutorDeps => ({
    ...deps,
    secondLogin: () => {
      wanted.abort();
      return Promise.reject(new RedfishError('ABORTED', 'nobody wants it', { uri: RANGES, sent: false, status: null }));
    },
  });
  const attempt = here.executor(gone).attempt(here.orderOf(2), here.context(here.gate), wanted.signal);
  await expect(attempt).rejects.toMatchObject({ code: 'UNSETTLED' });
  expect(patches(here)).toHaveLength(2);
  expect(await settled(here, 2)).toBe('done');
});

test('a list that cannot be read any more, and lets nobody in, is told as what it is', async () => {
  const here = await ready('supermicro', { set: wide });
  const shutOut = (deps: ExecutorDeps): ExecutorDeps => ({
    ...deps,
    secondLogin: () => Promise.reject(new RedfishError('DROPPED', 'as a list would', { uri: RULES, sent: 'unknown', status: null })),
    connect: async (...asked) => {
      const connection = await deps.connect(...asked);
      let sent = false;
      return {
        ...connection,
        get: async (uri) => {
          const answer = await connection.get(uri);
          return sent && uri === RULES ? { ...answer, status: 500 } : answer;
        },
        send: (change) => {
          sent = true;
          return connection.send(change);
        },
      };
    },
  });
  expect(await here.run(1, shutOut)).toMatchObject({ is: 'unknown', code: 'LOCKED_OUT' });
});

describe('killed with SIGKILL', () => {
  let children: Children;
  beforeAll(async () => {
    children = await compileChildren();
  });
  afterAll(() => children.close());

  test.each(
    MAKERS.flatMap(
      (maker) =>
        [
          [maker, 1],
          [maker, 2],
        ] as const,
    ),
  )(
    'on a %s, before and after operation %i is sent, it is settled by looking and restored by a release',
    async (maker, operation) => {
      for (const after of [false, true]) {
        const here = await ready(maker);
        const before = await listOf(here, maker);
        if (operation === 2) expect(await settled(here, 1)).toBe('done');
        const names = await stepsOf(maker, operation);
        await inChild(here, operation, names.indexOf('send') + 1, after);
        const is = await settled(here, operation);
        // What was claimed and not sent nobody can tell from what was sent and lost.
        expect(is).toBe(after ? 'done' : 'NOT_OBSERVED');
        expect(await visit(here.bmc)).toBeDefined();
        await release(here);
        expect(await listOf(here, maker)).toEqual(before);
        await here.close();
        one = null;
      }
    },
    120_000,
  );

  async function inChild(here: Prepared, operation: number, dieAt: number, after: boolean): Promise<void> {
    const job: Job = { ground: here.ground, order: here.orderOf(operation), context: here.context(here.gate), dieAt, after };
    const path = join(here.ground.state, 'job.json');
    await writeFile(path, JSON.stringify(job));
    const child = children.start('attempt-once.js', path);
    await firstLine(child);
    await ended(child);
    expect(child.signalCode).toBe('SIGKILL');
  }
});

test('other makers have no list, and nothing is said of one', async () => {
  const made = await oneTarget({ profile: 'openbmc' }, POLICY, id('freeze'));
  one = made;
  const { plan } = await made.review({ ...ISOLATION, responders: [US] });
  expect(accessOf(plan)).toEqual([]);
  expect((await codes({ ...made, plan })).filter((code) => code.startsWith('ACCESS_LIST'))).toEqual([]);
});

test('without a session that stays open nothing is planned', async () => {
  const made = await oneTarget({ profile: 'dell' }, POLICY, id('freeze'));
  one = made;
  const proposal = await made.withSeries((series) =>
    made.withConnection('read-only', (connection) => {
      const own = { userName: connection.userName, session: null, from: connection.localAddress, also: [] };
      const isolation = { ...ISOLATION, responders: [US] };
      const survey = { reader: recordingReader(connection, series, 'plan'), target: made.target, own, isolation };
      return freeze(survey, null, secretsOf(made.target));
    }),
  );
  expect(proposal.sections).toHaveLength(1);
  expect(proposal.findings.map(({ code }) => code)).toContain('ACCESS_LIST_LEFT_OUT');
});

const SIX = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4', '192.0.2.5', '192.0.2.6'];

interface Wanted {
  readonly responders?: readonly string[];
  /** Done to the list before it is planned. */
  readonly set?: (here: OneTarget, maker: Maker) => Promise<void>;
}

/** A planned, approved freeze of a BMC whose evidence is sealed, and of it the operations on the access list. */
async function ready(maker: Maker, { responders = [US, '192.0.2.7'], set }: Wanted = {}) {
  const made = await oneTarget({ profile: maker, compromise: false }, POLICY, id('freeze'));
  one = made;
  await set?.(made, maker);
  await made.seal('sessions', 'accounts', 'volatile-logs', 'configuration');
  const planned = await made.review({ ...ISOLATION, responders });
  const gate = await made.open(planned);
  await made.approve(gate);
  const { row, plan } = planned;
  const access = accessOf(plan);
  const orderOf = (nth: number, change = {}) => made.order(row, access[nth - 1]?.n ?? 0, change);
  const run = (nth: number, over?: Parameters<OneTarget['executor']>[0], change = {}): Promise<Outcome> =>
    made.executor(over).attempt(orderOf(nth, change), made.context(gate), new AbortController().signal);
  return { ...made, row, plan, gate, access, orderOf, run };
}

type Prepared = OneTarget & {
  readonly row: IndexRow;
  readonly plan: Plan;
  readonly gate: GateRef;
  readonly access: readonly Operation[];
  orderOf(nth: number, change?: object): Job['order'];
  run(nth: number, over?: Parameters<OneTarget['executor']>[0], change?: object): Promise<Outcome>;
};

function accessOf(plan: Plan): readonly Operation[] {
  return plan.sections
    .filter(({ operations }) =>
      operations.some(({ send, proof }) => send.kind !== 'account' && proof.by === 'act' && proof.witness === 'login'),
    )
    .flatMap(({ operations }) => operations);
}

function operationsOf({ sections }: Plan): readonly Operation[] {
  return sections.flatMap(({ operations }) => operations);
}

async function codes({ objects, plan }: Pick<Prepared, 'objects' | 'plan'>): Promise<readonly FindingCode[]> {
  return Promise.all(plan.findings.map(async (name) => readFinding(await objects.get(name)).code));
}

/** As the engine would go on; the code of what went wrong, else how it ended. */
async function settled(here: Prepared, nth: number, change = {}): Promise<string> {
  for (let look = 0; look < 20; look += 1) {
    const outcome = await here.run(nth, undefined, change).catch((error: unknown) => error);
    if (outcome instanceof ExecutorError && !outcome.final) continue;
    if (outcome instanceof ExecutorError) return outcome.reason;
    if (isOutcome(outcome)) return 'code' in outcome ? outcome.code : outcome.is;
    throw outcome;
  }
  throw new RangeError('never settled');
}

function isOutcome(value: unknown): value is Outcome {
  return typeof value === 'object' && value !== null && 'is' in value;
}

async function carryOut(here: Prepared): Promise<readonly string[]> {
  const ends: string[] = [];
  for (const nth of here.access.keys()) ends.push(await settled(here, nth + 1));
  return ends;
}

/** The planned undos under a signed release, in reverse order. */
async function release(here: Prepared): Promise<readonly string[]> {
  const signed = await releaseBy(here, 'lara');
  const ends: string[] = [];
  for (const nth of [...here.access.keys()].toReversed()) ends.push(await settled(here, nth + 1, { release: signed }));
  return ends;
}

async function stepsOf(maker: Maker, operation: number): Promise<readonly string[]> {
  const here = await ready(maker);
  if (operation === 2) await settled(here, 1);
  const steps = counted(() => undefined);
  await here.run(operation, steps.over);
  await here.close();
  return steps.names;
}

/** What the login of somebody who has the right password is answered with; 0: nothing. */
async function strangersLogin({ bmc }: OneTarget): Promise<number> {
  const body = { UserName: bmc.userName, Password: bmc.password };
  return ask(bmc.address, 'POST', '/redfish/v1/SessionService/Sessions', { body, from: STRANGER }).then(
    ({ status }) => status,
    () => 0,
  );
}

/** The list as it is: settings, and rules in their order. */
async function listOf(here: OneTarget, maker: Maker): Promise<Json> {
  return here.withSeries((series) =>
    here.withConnection('read-only', async (connection) => {
      if (maker === 'dell') return blocking((await connection.get(RANGES)).json);
      const rules = await readRules(recordingReader(connection, series, 'plan'), RULES);
      const { json } = await connection.get(CONTROL);
      return {
        on: isObject(json ?? undefined) ? (at(json, 'ServiceEnabled') ?? null) : null,
        rules: rules.map(({ rule }) => ({ ...rule })),
      };
    }),
  );
}

function at(json: Json, name: string): Json | undefined {
  return isObject(json) ? json[name] : undefined;
}

function blocking(json: Json): Json {
  const attributes = at(json, 'Attributes') ?? {};
  return Object.fromEntries(Object.entries(isObject(attributes) ? attributes : {}).filter(([name]) => name.startsWith('IPBlocking')));
}

function change(here: OneTarget, uri: string, method: 'PATCH' | 'POST', body: Json): Promise<void> {
  return here.withConnection('read-write', async (connection) => {
    const ifMatch = method === 'PATCH' ? (await connection.get(uri)).etag : null;
    expect((await connection.send({ method, uri, body, ifMatch })).status).toBeLessThan(300);
  });
}

async function rules(here: OneTarget, ...all: readonly (readonly [string, number, string])[]): Promise<void> {
  for (const [Address, PrefixLength, Policy] of all) await change(here, RULES, 'POST', { Address, PrefixLength, Policy });
  await change(here, CONTROL, 'PATCH', { ServiceEnabled: true });
}

function range(address: string, mask: string, n = ''): Json {
  return {
    Attributes: {
      [`IPBlocking.1.RangeAddr${n}`]: address,
      [`IPBlocking.1.RangeMask${n}`]: mask,
      [`IPBlocking.1.RangeEnable${n}`]: 'Enabled',
    },
  };
}

/** In force, and wider than the responders. */
function wide(here: OneTarget, maker: Maker): Promise<void> {
  return maker === 'dell'
    ? change(here, RANGES, 'PATCH', range('127.0.0.0', '255.0.0.0', '2'))
    : rules(here, ['198.51.100.9', 32, 'Drop'], ['127.0.0.0', 8, 'Accept'], [US, 32, 'Accept'], ['0.0.0.0', 0, 'Drop']);
}

async function narrow(here: OneTarget, maker: Maker): Promise<void> {
  if (maker === 'supermicro') return rules(here, [US, 32, 'Accept'], ['192.0.2.7', 32, 'Accept'], ['0.0.0.0', 0, 'Drop']);
  await change(here, RANGES, 'PATCH', range(US, '255.255.255.255', '3'));
  await change(here, RANGES, 'PATCH', range('192.0.2.7', '255.255.255.255', '5'));
}

/** What lets the stranger in again. */
function widened(maker: Maker): Json {
  return maker === 'dell' ? range(STRANGER, '255.255.255.255', '5') : { Address: STRANGER, PrefixLength: 32, Policy: 'Accept' };
}

function drift(here: Prepared): Promise<Awaited<ReturnType<typeof freezeDrift>>> {
  const plan = { sections: here.plan.sections.filter(({ operations }) => operations.some((one) => here.access.includes(one))) };
  return here.withSeries((series) =>
    here.withConnection('read-only', (connection) => freezeDrift(recordingReader(connection, series, 'plan'), plan, [])),
  );
}

function uriOf(operation: Operation | undefined): string {
  return operation?.send.kind === 'redfish' ? operation.send.uri : '';
}

function patches({ fleet }: OneTarget): readonly string[] {
  return fleet.wire.entries.filter(({ method }) => method === 'PATCH').map(({ uri }) => uri);
}
