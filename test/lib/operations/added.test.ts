import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digest, id, type Digest, type Id } from '../../../lib/model/json.js';
import { NO_COUNTS, type Counts, type IndexRow } from '../../../lib/model/plan.js';
import type { Policy } from '../../../lib/model/policy.js';
import type { GateRef } from '../../../lib/model/work.js';
import { createGateCheck } from '../../../lib/operations/gate-check.js';
import { openIndexes } from '../../../lib/store/indexes.js';
import { openStatements } from '../../../lib/store/statements.js';
import { INCIDENT, oneTarget, POLICY, STEP, type Name, type OneTarget } from '../../support/one-target.js';

const ANOTHER = id<'target'>('another');
const THIRD = id<'target'>('third');
let one: OneTarget;
let gate: GateRef;
let planned: { row: IndexRow; counts: Counts };

/** A round with a plan of a target that the launch does not name. */
async function open(policy?: Policy): Promise<void> {
  one = await oneTarget({ profile: 'small', compromise: false }, policy);
  const made = await one.planOf({ send: { kind: 'redfish', method: 'PATCH', uri: '/redfish/v1', body: null } });
  planned = { ...made, row: { ...made.row, subject: { kind: 'bmc', target: ANOTHER } } };
  gate = await one.open(planned);
  await one.approve(gate);
}

async function asked(): Promise<unknown> {
  const store = one.layout.incident(INCIDENT);
  const check = createGateCheck({
    zone: one.ground.zone,
    objects: one.objects,
    statements: () => openStatements(store.statements),
    indexes: () => openIndexes(store.indexes),
    keyring: () => Promise.resolve(one.ground.keyring),
    now: Date.now,
  });
  const order = one.order(planned.row, 1);
  const answer = await check({ step: STEP, gate, launch: one.launch, scheduledAt: 0, lastCustodyAt: null, order });
  return answer.open ? 'open' : answer.code;
}

const add = (who: Name, targets: readonly Id<'target'>[], turn = 0, launch: Digest<'statement'> = one.launch) =>
  one.say(who, (said) => ({
    ...said,
    verb: 'add',
    launch,
    targets: targets.map((target) => ({ target, zone: one.ground.zone, record: digest('a'.repeat(64)) })),
    turn,
  }));
const cosign = (root: Digest<'statement'>, who: Name, round = 1) =>
  one.approve({ gate: id('launch'), round, root: gate.root }, who, { root, counts: NO_COUNTS });

describe('a target that the launch does not name', () => {
  beforeEach(() => open());
  afterEach(() => one.close());

  test('is acted on once somebody who may launch took it in', async () => {
    expect(await asked()).toBe('LAUNCH_INVALID');
    await add('rita', [THIRD]);
    expect(await asked()).toBe('LAUNCH_INVALID');
    await add('rita', [ANOTHER], 1);
    expect(await asked()).toBe('open');
  });

  test('is not acted on for a statement of somebody who may not launch, or under another launch', async () => {
    await add('lara', [ANOTHER]);
    await add('rita', [ANOTHER], 1, digest('f'.repeat(64)));
    expect(await asked()).toBe('LAUNCH_INVALID');
  });
});

describe('targets above the number of a launch', () => {
  const roles = [id<'role'>('responder'), id<'role'>('lead')];
  beforeEach(() => open({ ...POLICY, launch: { roles, cosignersAbove: 2, cosigners: 1 } }));
  afterEach(() => one.close());

  test('count with all that were asked for before, and not with those after', async () => {
    await add('rita', [ANOTHER]);
    await add('rita', [THIRD], 1);
    expect(await asked()).toBe('open');
  });

  test('need a co-signer who is not the one who asked', async () => {
    await add('rita', [THIRD]);
    const statement = await add('liam', [ANOTHER], 1);
    expect(await asked()).toBe('LAUNCH_INVALID');
    await cosign(statement, 'liam');
    expect(await asked()).toBe('LAUNCH_INVALID');
    await cosign(one.launch, 'lara', 0);
    expect(await asked()).toBe('LAUNCH_INVALID');
    await cosign(statement, 'rita');
    expect(await asked()).toBe('open');
  });
});
