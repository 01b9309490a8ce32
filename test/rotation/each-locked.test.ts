import { describe, expect, test } from 'vitest';
import type { ProfileName } from '../../drill/profiles/profiles.js';
import { bodyDigest } from '../../drill/wire-log.js';
import { digest, type Digest, type Json } from '../../lib/model/json.js';
import type { Operation } from '../../lib/model/operation.js';
import { operationsOf } from '../../lib/model/plan.js';
import { inForce } from '../../lib/operations/in-force.js';
import type { ExecutorDeps } from '../../lib/operations/job.js';
import { freezeDrift } from '../../lib/steps/freeze/drift.js';
import { recordingReader } from '../../lib/steps/reader.js';
import { liftedAt, openSettings } from '../../lib/store/settings.js';
import { INCIDENT } from '../support/one-target.js';
import { WorkerDied } from '../support/as-the-engine.js';
import { releaseBy } from '../support/by-launch.js';
import { ownScene, type OwnScene } from '../support/own-account.js';

const LOCK = '/Attributes/Lockdown.1.SystemLockdown';
const DAY = 86_400_000;
const DONE = { is: 'done', operation: 0 };

const locked = (profile: ProfileName): Promise<OwnScene> => ownScene(profile, 'lockdown-on');

const isLift = ({ line }: Operation): boolean => line.startsWith('lift the lock');

type Lifting = ReturnType<typeof lifting>[number];

/** From lifting the lock to setting it again. */
function inside(section: Lifting | undefined): readonly number[] {
  const { lift, relock } = section ?? { lift: 0, relock: -1 };
  return Array.from({ length: relock - lift + 1 }, (_, at) => lift + at);
}

/** Sections that change the BMC under a lifted lock. */
function lifting({ plan }: OwnScene): readonly { readonly lift: number; readonly change: number; readonly relock: number }[] {
  return plan.sections.flatMap(({ operations: [first, ...more], always }) => {
    const [change, relock] = [more.at(-1), always.at(-1)];
    return isLift(first) && change !== undefined && relock !== undefined ? [{ lift: first.n, change: change.n, relock: relock.n }] : [];
  });
}

/** Everything that the release of the plan sets back, as it is now. */
async function settings({ one, plan }: OwnScene): Promise<readonly Json[]> {
  const uris = operationsOf(plan).flatMap(({ undo }) => (undo?.send.kind === 'redfish' ? undo.send.uri : []));
  return one.withConnection('read-only', (connection) =>
    Promise.all([...new Set(uris)].map(async (uri) => (await connection.get(uri)).json)),
  );
}

/** By somebody else, who unlocks or locks it. */
async function setLock({ one, plan }: OwnScene, on: boolean): Promise<void> {
  const { send, undo } = operationsOf(plan).find(isLift) ?? {};
  const request = on ? undo?.send : send;
  if (request?.kind !== 'redfish') throw new RangeError('a plan under a lock lifts it');
  await one.withConnection('read-write', (connection) => connection.send({ ...request, ifMatch: null }));
  expect(one.bmc.isLocked()).toBe(on);
}

/** An iDRAC's is carried out with the engine. */
describe('the freeze of a Supermicro that was locked before the incident', () => {
  test('lifts the lock for each change alone, and leaves it set; so does the release, which sets back all that it changed', async () => {
    await using freeze = await locked('supermicro');
    const { one, plan, row } = freeze;
    const before = await settings(freeze);
    const sections = lifting(freeze);
    expect(sections.length).toBeGreaterThan(5);
    expect(row.closing?.map(({ lifts }) => lifts)).toEqual(sections.map(({ lift }) => [lift]));
    const open = new Set<number>();
    for (const { n } of operationsOf(plan)) {
      expect(await freeze.go({ only: [n] })).toEqual(DONE);
      if (!one.bmc.isLocked()) open.add(n);
    }
    expect([...open]).toEqual(sections.flatMap((section) => inside(section).slice(0, -1)));
    expect(await settings(freeze)).not.toEqual(before);
    expect(await freeze.go({ release: await releaseBy(one, 'lara') })).toEqual(DONE);
    expect([one.bmc.isLocked(), await settings(freeze)]).toEqual([true, before]);
  });
});

describe('on an iDRAC that was locked before the incident, the lock is set again', () => {
  test('where a change is not taken: the freeze parks, and its release has the lock set as well', async () => {
    await using freeze = await locked('dell');
    const { one } = freeze;
    const [, , section] = lifting(freeze);
    await one.fleet.fault(one.bmc.id, 'service-patch-ignored');
    expect(await freeze.go({ only: inside(section) })).toEqual({ is: 'NOT_APPLIED', operation: section?.change });
    expect(one.bmc.isLocked()).toBe(true);
    await one.fleet.fault(one.bmc.id, null);
    expect(await freeze.go({ release: await releaseBy(one, 'lara'), only: inside(section) })).toEqual(DONE);
    expect(one.bmc.isLocked()).toBe(true);
  });

  test('where a person denies it in the middle', async () => {
    await using freeze = await locked('dell');
    const { one, gate } = freeze;
    const [first, second] = lifting(freeze).slice(1);
    expect(await freeze.go({ only: [first?.lift ?? 0] })).toEqual(DONE);
    await one.approve(gate, 'liam', { verb: 'deny' });
    expect(one.bmc.isLocked()).toBe(false);
    expect(await freeze.go({ only: [first?.change ?? 0, first?.relock ?? 0] })).toEqual(DONE);
    expect(await freeze.go({ only: [second?.lift ?? 0] })).toEqual({ is: 'GATE_DENIED', operation: second?.lift });
    expect(one.bmc.isLocked()).toBe(true);
  });

  test('where the undo of a change is refused: what was lifted for it is locked, the target parks, and a signed retry ends it', async () => {
    await using freeze = await locked('dell');
    const { one } = freeze;
    const before = await settings(freeze);
    const only = inside(lifting(freeze)[2]);
    expect(await freeze.go({ only })).toEqual(DONE);
    const statement = await releaseBy(one, 'lara');
    await one.fleet.fault(one.bmc.id, 'service-patch-ignored');
    expect(await freeze.go({ release: statement, only })).toMatchObject({ is: 'NOT_APPLIED' });
    expect(one.bmc.isLocked()).toBe(true);
    await one.fleet.fault(one.bmc.id, null);
    await freeze.retry();
    expect(await freeze.go({ release: statement, only })).toEqual(DONE);
    expect([one.bmc.isLocked(), await settings(freeze)]).toEqual([true, before]);
  });

  test('though the worker ended between its word that it would be and the request, which is sent once then', async () => {
    await using freeze = await locked('dell');
    const { one } = freeze;
    const only = inside(lifting(freeze)[2]);
    const [lift = 0] = only;
    const relock = only.at(-1) ?? 0;
    const locking = bodyDigest(JSON.stringify({ Attributes: { 'Lockdown.1.SystemLockdown': 'Enabled' } }));
    const lockings = (): number => one.fleet.wire.entries.filter(({ body }) => body === locking).length;
    const diesAt = async (operation: number, release: Digest<'statement'> | null): Promise<void> => {
      const dying = one.executor((deps) => ({
        ...deps,
        claims: (incident) => {
          const claims = deps.claims(incident);
          return { ...claims, create: (made) => claims.create(made).then(() => Promise.reject(new WorkerDied('after the claim'))) };
        },
      }));
      const order = one.order(freeze.row, operation, { release });
      await expect(dying.attempt(order, one.context(freeze.gate), new AbortController().signal)).rejects.toMatchObject({
        code: 'UNSETTLED',
      });
      expect([one.bmc.isLocked(), lockings()]).toEqual([false, release === null ? 0 : 1]);
    };
    expect(await freeze.go({ only: only.slice(0, -1) })).toEqual(DONE);
    await diesAt(relock, null);
    expect([await freeze.go({ only }), one.bmc.isLocked(), lockings()]).toEqual([DONE, true, 1]);
    const statement = await releaseBy(one, 'lara');
    expect(await freeze.go({ release: statement, only: only.slice(1) })).toEqual(DONE);
    await diesAt(lift, statement);
    expect([await freeze.go({ release: statement, only }), one.bmc.isLocked(), lockings()]).toEqual([DONE, true, 2]);
  });

  test('by the release, though somebody had unlocked it before the gate was open, or locked it in the middle of a section', async () => {
    await using freeze = await locked('dell');
    const { one } = freeze;
    const before = await settings(freeze);
    const [, , first, second] = lifting(freeze);
    const only = [...inside(first), ...inside(second)];
    await setLock(freeze, false);
    expect(await freeze.go({ only: inside(first) })).toEqual(DONE);
    expect(await freeze.go({ only: inside(second).slice(0, -1) })).toEqual(DONE);
    await setLock(freeze, true);
    expect(await freeze.go({ only: inside(second).slice(-1) })).toEqual(DONE);
    expect([one.bmc.isLocked(), await settings(freeze)]).not.toEqual([true, before]);
    expect(await freeze.go({ release: await releaseBy(one, 'lara'), only })).toEqual(DONE);
    expect([one.bmc.isLocked(), await settings(freeze)]).toEqual([true, before]);
  });

  test('by a release whose right to be has ended in the middle; and it lifts nothing without one', async () => {
    await using freeze = await locked('dell');
    const { one } = freeze;
    const section = lifting(freeze)[2];
    expect(await freeze.go({ only: inside(section) })).toEqual(DONE);
    const nobodys = digest<'statement'>('9'.repeat(64));
    expect(await freeze.go({ release: nobodys, only: inside(section) })).toEqual({ is: 'RELEASE_NOT_SIGNED', operation: section?.relock });
    expect(one.bmc.isLocked()).toBe(true);
    const statement = await releaseBy(one, 'lara');
    expect(await freeze.go({ release: statement, only: [section?.relock ?? 0] })).toEqual(DONE);
    expect(one.bmc.isLocked()).toBe(false);
    const closed = (deps: ExecutorDeps): ExecutorDeps => ({
      ...deps,
      gateOpen: () => Promise.resolve({ open: false, code: 'RELEASE_NOT_SIGNED', why: 'the key of who signed it was revoked' }),
    });
    expect(await freeze.go({ release: statement, only: inside(section), over: closed })).toMatchObject({ is: 'RELEASE_NOT_SIGNED' });
    expect(one.bmc.isLocked()).toBe(true);
  });
});

test('a lock that a section has lifted is no drift; one that the section left lifted is, and so is one that somebody else lifted', async () => {
  await using freeze = await locked('dell');
  const { one, plan } = freeze;
  const { operation: _, ...terms } = one.order(freeze.row);
  const [before, next] = lifting(freeze).slice(1);
  const { lift = 0, relock = 0 } = next ?? {};
  const looked = async (now = Date.now()): Promise<readonly string[]> => {
    const record = await openSettings(one.layout.incident(INCIDENT).target(one.target.id).settings).read();
    const sections = await inForce(one.claims, plan, terms);
    const drifts = await one.withSeries((series) =>
      one.withOwnLogin((connection) => freezeDrift(recordingReader(connection, series, 'observe'), { sections }, liftedAt(record, now))),
    );
    return drifts.flatMap(({ pointer }) => (pointer === LOCK ? [pointer] : []));
  };
  expect(await freeze.go({ only: inside(before) })).toEqual(DONE);
  expect(await looked()).toEqual([]);
  const dying = one.executor((deps) => ({
    ...deps,
    claims: (incident) => ({ ...deps.claims(incident), settle: () => Promise.reject(new WorkerDied('before the outcome')) }),
  }));
  const attempt = dying.attempt(one.order(freeze.row, lift), one.context(freeze.gate), new AbortController().signal);
  await expect(attempt).rejects.toMatchObject({ code: 'UNSETTLED' });
  expect([one.bmc.isLocked(), await looked(), await looked(Date.now() + DAY)]).toEqual([false, [], [LOCK]]);
  // On record as done, it is no more frozen open than before.
  expect(await freeze.go({ only: [lift] })).toEqual(DONE);
  expect([one.bmc.isLocked(), await looked(), await looked(Date.now() + DAY)]).toEqual([false, [], [LOCK]]);
  expect(await freeze.go({ only: [relock] })).toEqual(DONE);
  expect([one.bmc.isLocked(), await looked()]).toEqual([true, []]);
  await setLock(freeze, false);
  expect(await looked()).toEqual([LOCK]);
});

test('a lock that could not be set again is drift, and set by whomever, is none', async () => {
  await using freeze = await locked('dell');
  const { one, plan } = freeze;
  const { operation: _, ...terms } = one.order(freeze.row);
  const drifts = async (): Promise<readonly string[]> => {
    const sections = await inForce(one.claims, plan, terms);
    const all = await one.withSeries((series) =>
      one.withOwnLogin((connection) => freezeDrift(recordingReader(connection, series, 'observe'), { sections }, [])),
    );
    return all.map(({ pointer }) => pointer);
  };
  const section = lifting(freeze)[1];
  expect(await freeze.go({ only: inside(section).slice(0, -1) })).toEqual(DONE);
  await one.fleet.fault(one.bmc.id, 'lockdown-not-applied');
  expect(await freeze.go({ only: inside(section).slice(-1) })).toEqual({ is: 'NOT_APPLIED', operation: section?.relock });
  expect([one.bmc.isLocked(), await drifts()]).toEqual([false, [LOCK]]);
  await one.fleet.fault(one.bmc.id, null);
  await setLock(freeze, true);
  expect(await drifts()).toEqual([]);
});
