import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digest, id, time, type Digest, type Id } from '../../../lib/model/json.js';
import { occurrenceId } from '../../../lib/model/occurrence.js';
import type { Order } from '../../../lib/model/operation.js';
import { NO_COUNTS, type Counts, type IndexRow } from '../../../lib/model/plan.js';
import type { Policy } from '../../../lib/model/policy.js';
import { STEP_TABLE } from '../../../lib/model/steps.js';
import type { Choice } from '../../../lib/model/verdict.js';
import type { GateRef } from '../../../lib/model/work.js';
import { createGateCheck } from '../../../lib/operations/gate-check.js';
import type { GateQuestion } from '../../../lib/operations/gate/question.js';
import { openIndexes } from '../../../lib/store/indexes.js';
import { openStatements } from '../../../lib/store/statements.js';
import { INCIDENT, oneTarget, POLICY, STEP, type Name, type OneTarget } from '../../support/one-target.js';

let one: OneTarget;
let row: IndexRow;
let gate: GateRef;
let planned: { row: IndexRow; counts: Counts };

const GATE = { roles: [id<'role'>('lead')], quorum: 1, requesterExcluded: true, decisionExpiresAfter: 60, executionExpiresAfter: 240 };
const policyWith = (change: Partial<typeof GATE>): Policy => ({ ...POLICY, gates: { change: { ...GATE, ...change } } });
const HOUR = 3_600_000;

async function open(policy?: Policy): Promise<void> {
  one = await oneTarget({ profile: 'small', compromise: false }, policy);
  planned = await one.planOf({ send: { kind: 'redfish', method: 'PATCH', uri: '/redfish/v1', body: null } });
  row = planned.row;
  gate = await one.open(planned);
}

async function asked(change: Partial<Omit<GateQuestion, 'order'>> & { now?: number; order?: Partial<Order> } = {}): Promise<unknown> {
  const { now = Date.now(), order = {}, ...rest } = change;
  const store = one.layout.incident(INCIDENT);
  const check = createGateCheck({
    zone: one.ground.zone,
    objects: one.objects,
    statements: () => openStatements(store.statements),
    indexes: () => openIndexes(store.indexes),
    keyring: () => Promise.resolve(one.ground.keyring),
    now: () => now,
  });
  const { launch } = one;
  const answer = await check({ step: STEP, gate, launch, scheduledAt: 0, lastCustodyAt: null, ...rest, order: one.order(row, 1, order) });
  return answer.open ? 'open' : answer.code;
}

const resolve = (choice: Choice, retry: number, who: Name = 'lara', step: Id<'step'> = STEP, target = one.target.id) =>
  one.say(who, (said) => ({ ...said, verb: 'resolve', launch: one.launch, step, choice, retry, targets: [target] }));
const deny = (who: Name) =>
  one.say(who, (said) => ({
    ...said,
    verb: 'deny',
    launch: one.launch,
    policy: one.ground.keyring.policyDigest,
    ...gate,
    counts: planned.counts,
  }));

describe('with one lead needed', () => {
  beforeEach(() => open());
  afterEach(() => one.close());

  test('a gate is open when a lead approved its root, and short before', async () => {
    expect(await asked()).toBe('QUORUM_SHORT');
    await one.approve(gate);
    expect(await asked()).toBe('open');
  });

  test('the requester does not count, with whatever roles', async () => {
    await one.approve(gate, 'rita');
    expect(await asked()).toBe('QUORUM_SHORT');
  });

  test.each<[string, object]>([
    ['another root', { root: digest('f'.repeat(64)) }],
    ['another round', { round: 2 }],
    ['another gate', { gate: id('other') }],
    ['another launch', { launch: digest('f'.repeat(64)) }],
    ['another policy', { policy: digest('f'.repeat(64)) }],
    ['other counts', { counts: { ...NO_COUNTS, change: 7 } }],
  ])('an approval of %s does not count', async (_, change) => {
    await one.approve(gate, 'lara', change);
    expect(await asked()).toBe('QUORUM_SHORT');
  });

  test('an approval that was made after the decision closed does not count', async () => {
    const late = Date.now() + 2 * HOUR;
    const { policyDigest: policy } = one.ground.keyring;
    await one.say('lara', (said) => ({ ...said, verb: 'approve', launch: one.launch, policy, ...gate, counts: planned.counts }), late);
    expect(await asked({ now: late })).toBe('QUORUM_SHORT');
  });

  test('an approval lapses with its own end', async () => {
    await one.approve(gate, 'lara', { notAfter: time(Date.now() + 2 * HOUR) });
    expect(await asked()).toBe('open');
    expect(await asked({ now: Date.now() + 2 * HOUR })).toBe('QUORUM_SHORT');
  });

  test('one denial closes the round, before and after an approval, and also by who approved', async () => {
    await one.approve(gate, 'lara');
    await deny('lara');
    expect(await asked()).toBe('GATE_DENIED');
  });

  test('execution expires, by the latest of three clocks, and a clock that is behind refuses', async () => {
    await one.approve(gate);
    const later = Date.now() + 5 * HOUR;
    expect(await asked({ now: later })).toBe('GATE_EXPIRED');
    expect(await asked({ now: later - 30_000, scheduledAt: later })).toBe('GATE_EXPIRED');
    expect(await asked({ scheduledAt: Date.now() + 61_000 })).toBe('CLOCK_BEHIND');
    expect(await asked({ lastCustodyAt: Date.now() + 61_000 })).toBe('CLOCK_BEHIND');
    expect(await asked({ lastCustodyAt: Date.now() + 30_000 })).toBe('open');
  });

  test('a retry counts when it was signed, each of them', async () => {
    await one.approve(gate);
    expect(await asked({ order: { retry: 1 } })).toBe('RETRY_NOT_SIGNED');
    await resolve('retry', 0);
    expect(await asked({ order: { retry: 1 } })).toBe('open');
    await resolve('retry', 0, 'liam');
    expect(await asked({ order: { retry: 2 } })).toBe('RETRY_NOT_SIGNED');
    await resolve('retry', 1, 'lara', id('triage'));
    expect(await asked({ order: { retry: 2 } })).toBe('RETRY_NOT_SIGNED');
  });

  test('an enforcer is retried and skipped by its name, as a target is', async () => {
    await one.approve(gate);
    const subject: Order['subject'] = { kind: 'enforcer', zone: one.ground.zone, name: id('gateway-1') };
    await resolve('retry', 0);
    expect(await asked({ order: { subject, retry: 1 } })).toBe('RETRY_NOT_SIGNED');
    await resolve('retry', 0, 'lara', STEP, id('gateway-1'));
    expect(await asked({ order: { subject, retry: 1 } })).toBe('open');
    await resolve('skip', 1, 'lara', STEP, id('gateway-1'));
    expect(await asked({ order: { subject, retry: 1 } })).toBe('TARGET_GIVEN_UP');
  });

  test.each(['skip', 'abort'] as const)('after a signed %s nothing begins', async (choice) => {
    await one.approve(gate);
    await resolve(choice, 0);
    expect(await asked()).toBe('TARGET_GIVEN_UP');
  });

  test('a cancel stops what has not begun of its subjects', async () => {
    await one.approve(gate);
    const cancel = (subjects: readonly Order['subject'][]) =>
      one.say('lara', (said) => ({ ...said, verb: 'cancel', launch: one.launch, subjects }));
    await cancel([{ kind: 'bmc', target: id('another') }]);
    expect(await asked()).toBe('open');
    await cancel([row.subject]);
    expect(await asked()).toBe('CANCELLED');
  });

  test('a cancel without subjects stops all of the incident', async () => {
    await one.approve(gate);
    await one.say('lara', (said) => ({ ...said, verb: 'cancel', launch: one.launch, subjects: [] }));
    expect(await asked()).toBe('CANCELLED');
  });

  test('a later round with this target takes the place of an approved one, decided or not', async () => {
    await one.approve(gate);
    const other = { ...row, subject: { kind: 'bmc', target: id<'target'>('another') } as const };
    await one.open({ row: other, counts: planned.counts }, 2);
    expect(await asked()).toBe('open');
    await one.open(planned, 3);
    expect(await asked()).toBe('GATE_SUPERSEDED');
  });

  test('a statement that was changed on disk closes the gate', async () => {
    await one.approve(gate);
    const folder = one.layout.incident(INCIDENT).statements;
    const all = await openStatements(folder).list();
    for (const { digest: name, stored } of all)
      if (stored.verb === 'approve')
        await writeFile(
          join(folder, `${name}.json`),
          JSON.stringify({ ...stored, signature: all[0]?.stored.signature === stored.signature ? '' : (all[0]?.stored.signature ?? '') }),
        );
    expect(await asked()).toBe('GATE_UNREADABLE');
  });

  test('a launch that is not stored, or does not name the target, opens nothing', async () => {
    await one.approve(gate);
    expect(await asked({ launch: digest('f'.repeat(64)) })).toBe('LAUNCH_INVALID');
    expect(await asked({ order: { subject: { kind: 'bmc', target: id('another') } } })).toBe('LAUNCH_INVALID');
  });
});

describe('an occurrence of a schedule', () => {
  const at = Math.floor(Date.now() / 60_000) * 60_000 - HOUR;
  const schedule = id<'incident'>('keys');
  const [now, tomorrow] = [occurrenceId(schedule, at), occurrenceId(schedule, at + 24 * HOUR)];
  let launch: Digest<'statement'>;
  async function begin(policy?: Policy): Promise<void> {
    await open(policy);
    launch = await one.say('rita', (said) => ({
      ...said,
      ...{ verb: 'launch', incident: schedule, site: digest('1'.repeat(64)), runbook: digest('2'.repeat(64)) },
      ...{ policy: one.ground.keyring.policyDigest, stepTable: STEP_TABLE, targets: [one.target.id] },
      repeats: { everyDays: 1, from: time(at), until: time(at + 48 * HOUR) },
    }));
  }
  beforeEach(() => begin());
  afterEach(() => one.close());

  test('is carried out under the launch of the schedule, by decisions of its own', async () => {
    expect(await asked({ launch, order: { incident: now } })).toBe('QUORUM_SHORT');
    await one.approve(gate, 'lara', { launch, incident: now });
    expect(await asked({ launch, order: { incident: now } })).toBe('open');
  });

  test('asks its own co-signers, when it is large: those of another occurrence said nothing about it', async () => {
    await one.close();
    await begin({ ...POLICY, launch: { roles: [id('responder'), id('lead')], cosignersAbove: 0, cosigners: 1 } });
    await one.approve(gate, 'lara', { launch, incident: now });
    const cosign = (incident: Id<'incident'>): Promise<void> =>
      one.approve({ gate: id('launch'), round: 0, root: gate.root }, 'liam', { launch, incident, root: launch, counts: NO_COUNTS });
    await cosign(tomorrow);
    expect(await asked({ launch, order: { incident: now } })).toBe('LAUNCH_INVALID');
    await cosign(now);
    expect(await asked({ launch, order: { incident: now } })).toBe('open');
  });

  test('is not opened by what was said in another occurrence of the same launch', async () => {
    await one.approve(gate, 'lara', { launch, incident: occurrenceId(schedule, at - 24 * HOUR) });
    expect(await asked({ launch, order: { incident: now } })).toBe('QUORUM_SHORT');
  });

  test.each([
    ['its time has not come', tomorrow],
    ['it is no day of the schedule', occurrenceId(schedule, at - 24 * HOUR)],
    ['it is the schedule itself', schedule],
    ['it is of another schedule', occurrenceId(id('locks'), at)],
  ])('is nothing when %s', async (_, incident) => {
    await one.approve(gate, 'lara', { launch, incident });
    expect(await asked({ launch, order: { incident } })).toBe('LAUNCH_INVALID');
  });
});

describe('with two leads needed', () => {
  beforeEach(() => open(policyWith({ quorum: 2 })));
  afterEach(() => one.close());

  test('two people count, one person twice does not', async () => {
    await one.approve(gate, 'lara');
    await one.approve(gate, 'lara', { reason: 'again' });
    expect(await asked()).toBe('QUORUM_SHORT');
    await one.approve(gate, 'liam');
    expect(await asked()).toBe('open');
  });
});

describe('a large launch', () => {
  beforeEach(() => open({ ...POLICY, launch: { roles: [id('responder'), id('lead')], cosignersAbove: 0, cosigners: 1 } }));
  afterEach(() => one.close());

  test('needs its co-signers, whatever the gate says', async () => {
    await one.approve(gate);
    expect(await asked()).toBe('LAUNCH_INVALID');
    await one.approve({ gate: id('launch'), round: 0, root: gate.root }, 'liam', { root: one.launch, counts: NO_COUNTS });
    expect(await asked()).toBe('open');
  });

  test('has them for as long as the incident runs, once they were valid', async () => {
    await one.approve(gate);
    const until = { notAfter: time(Date.now() + HOUR) };
    await one.approve({ gate: id('launch'), round: 0, root: gate.root }, 'liam', { root: one.launch, counts: NO_COUNTS, ...until });
    expect(await asked({ now: Date.now() + 2 * HOUR })).toBe('open');
  });
});
