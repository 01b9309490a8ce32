import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProfileName } from '../../drill/profiles/profiles.js';
import type { ExecutorDeps } from '../../lib/operations/job.js';
import { ownPin } from '../../lib/login/own-pin.js';
import { HAS_OPENSSL, makeAuthority, type Authority } from '../support/authority.js';
import { counted } from '../support/counted.js';
import { renewing, shown, type End, type Renewing, type Setting } from '../support/renewing.js';
import { WorkerDied } from '../support/as-the-engine.js';
import { all, count } from './cases.js';

/** By reset, by the BMC's own start with a request that comes late, and at once. */
const PROFILES = ['dell', 'hpe', 'openbmc'] as const satisfies readonly ProfileName[];

let authority: Authority;
beforeAll(async () => {
  authority = await makeAuthority('site CA');
});
afterAll(() => authority.remove());

/** Whatever went wrong, nothing is done twice, the key that the BMC shows is one that is taken, and a signed retry ends it. */
async function requireMendable(here: Renewing, { is }: End): Promise<void> {
  const first = await here.truth();
  expect([first.asked, first.sent, first.resets].filter((times) => times > 1)).toEqual([]);
  await requireTaken(here);
  if (is !== 'done') {
    expect(is).toMatch(/^(NOT_SENT|NOT_OBSERVED|REQUEST_LOST|SIGNING_LOST|NOT_APPLIED|NEVER_ENDED)$/);
    expect(await here.goOn({ retry: 1 })).toMatchObject({ is: 'done' });
  }
  const { shows, record, asked, sent, resets } = await here.truth();
  expect({ shows, pin: record.pin, retired: record.retired[0], renewal: record.renewal }).toEqual({
    shows: 'new',
    pin: await shown(here.one),
    retired: here.one.bmc.pin,
    renewal: null,
  });
  // What ended after the proof of the new key (a TLS version of an iLO) is retried with the whole plan: a further key.
  expect(record.retired).toHaveLength(is === 'NOT_OBSERVED' ? 2 : 1);
  expect(Math.max(asked, sent, resets)).toBeLessThanOrEqual(is === 'done' ? 1 : 2);
}

async function requireTaken(here: Renewing): Promise<void> {
  const { pin, orPin } = ownPin(here.one.bmc.pin, (await here.truth()).record);
  expect([pin, orPin]).toContain(await shown(here.one));
}

/** A step by its name, and how many of that name came before: a BMC that takes its time is looked at more or less often. */
function numbered(names: readonly string[]): readonly string[] {
  return names.map((name, place) => `${name} ${String(names.slice(0, place).filter((one) => one === name).length)}`);
}

async function stepsOf(setting: Setting): Promise<readonly string[]> {
  await using here = await renewing(setting);
  const steps = counted(() => undefined);
  await here.goOn({ over: (deps) => steps.over(deps) });
  return numbered(steps.names);
}

/** The worker dies at one step: nothing of it happens afterwards, whoever catches what. Other workers go on. */
async function dyingAt(here: Renewing, dieAt: string, when: 'before' | 'after'): Promise<End> {
  let dead = false;
  let died = false;
  const steps = counted((step, moment) => {
    if (moment === when && numbered(steps.names.slice(0, step)).at(-1) === dieAt) dead = true;
    if (dead) throw new WorkerDied('of the test');
  });
  const end = await here.goOn({
    over: (deps) => (died ? deps : steps.over(deps)),
    between: () => {
      died ||= dead;
    },
  });
  expect(dead).toBe(true);
  return end;
}

/** Steps that change disk, authority or device. */
const EFFECTS = /^(?:claims\.(?:create|settle) |pins\.|authority\.|shownKey 0|send )/;

describe.skipIf(!HAS_OPENSSL).each(PROFILES)('on %s', (profile) => {
  test('a worker that dies at any step of a renewal makes nothing twice, and leaves a key that is taken', async () => {
    const steps = (await stepsOf({ profile, authority })).filter((step) => EFFECTS.test(step));
    const cases = steps.flatMap((step) => (['before', 'after'] as const).map((when) => ({ step, when })));
    expect(cases.length).toBeGreaterThan(30);
    await all(
      cases,
      ({ step, when }) => `${when} ${step}`,
      async ({ step, when }) => {
        await using here = await renewing({ profile, authority });
        await requireMendable(here, await dyingAt(here, step, when));
        await count('crashes of a renewal');
      },
    );
  }, 900_000);

  test('an answer that is lost, whether the BMC acted or not, makes nothing twice, and leaves a key that is taken', async () => {
    const ends = [
      /\.GenerateCSR\/?$/,
      /\.(?:ReplaceCertificate|ImportCertificate)\/?$/,
      ...(profile === 'dell' ? [/\/Manager\.Reset$/] : []),
    ];
    const uris = await urisOf(profile);
    const cases = ends.flatMap((end) => (['before', 'after'] as const).map((at) => ({ uri: uris.find((uri) => end.test(uri)) ?? '', at })));
    await all(
      cases,
      ({ uri, at }) => `${uri}, ${at} the BMC acts`,
      async ({ uri, at }) => {
        await using here = await renewing({ profile, authority });
        const hold = here.one.fleet.hold(here.one.bmc.id, { method: 'POST', uri }, at);
        const lost = hold.reached.then(() => hold.drop());
        const end = await here.goOn();
        await lost;
        await requireMendable(here, end);
        await count('lost answers of a renewal');
      },
    );
  }, 600_000);
});

describe.skipIf(!HAS_OPENSSL)('a BMC that makes its key as a task', () => {
  const fault = 'certificate-request-by-task';

  test('is asked at the task’s monitor, and given a certificate for that key', async () => {
    await using here = await renewing({ profile: 'openbmc', authority, fault });
    expect(await here.goOn()).toMatchObject({ is: 'done' });
    const { shows, asked, record } = await here.truth();
    expect([shows, asked, record.renewal]).toEqual(['new', 1, null]);
    await count('requests by task');
  });

  test('and names the task where a monitor belongs tells no request: nothing is given to it', async () => {
    await using here = await renewing({ profile: 'dell', authority, fault });
    expect(await here.goOn()).toMatchObject({ is: 'REQUEST_LOST', at: 'request' });
    const { shows, sent, record } = await here.truth();
    expect([shows, sent, record.renewal]).toEqual(['old', 0, null]);
    await count('requests by task');
  });

  test('which never ends is given up after the operation’s limit', async () => {
    await using here = await renewing({ profile: 'openbmc', authority, fault });
    const never = (deps: ExecutorDeps, attempt: number): ExecutorDeps => ({
      ...deps,
      now: () => Date.now() + (attempt > 3 ? 21 * 60_000 : 0),
      async connect(...how) {
        const connection = await deps.connect(...how);
        return {
          ...connection,
          async get(uri) {
            const answer = await connection.get(uri);
            return uri.includes('/TaskMonitors/') ? { ...answer, status: 202, json: null } : answer;
          },
        };
      },
    });
    expect(await here.goOn({ over: never })).toMatchObject({ is: 'NEVER_ENDED', at: 'request' });
    await requireTaken(here);
    await count('requests by task');
  });

  test('at whatever note of it the worker dies, nothing is made twice, and a key is left that is taken', async () => {
    const steps = (await stepsOf({ profile: 'openbmc', authority, fault })).filter((step) => step.startsWith('pins.note asked'));
    expect(steps).toHaveLength(3);
    const cases = steps.flatMap((step) => (['before', 'after'] as const).map((when) => ({ step, when })));
    await all(
      cases,
      ({ step, when }) => `${when} ${step}`,
      async ({ step, when }) => {
        await using here = await renewing({ profile: 'openbmc', authority, fault });
        await requireMendable(here, await dyingAt(here, step, when));
        await count('requests by task');
      },
    );
  }, 300_000);
});

async function urisOf(profile: ProfileName): Promise<readonly string[]> {
  await using here = await renewing({ profile, authority });
  const before = here.one.fleet.wire.entries.length;
  await here.goOn();
  return here.one.fleet.wire.entries.slice(before).flatMap(({ method, uri }) => (method === 'POST' ? [uri] : []));
}
