import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { digest, id, time, type Digest } from '../../../lib/model/json.js';
import { completionsOf } from '../../../lib/operations/completion.js';
import { ExecutorError } from '../../../lib/operations/error.js';
import { claimKey } from '../../../lib/store/claims.js';
import { openLeases } from '../../../lib/store/leases.js';
import { openStatements } from '../../../lib/store/statements.js';
import { ended, planned, tried, type Planned } from '../../support/by-launch.js';
import { INCIDENT, oneTarget, type Name, type OneTarget } from '../../support/one-target.js';

const STEP = 'lease';
const NOWHERE = digest<'capture'>('e'.repeat(64));

let one: OneTarget;
let pull: Planned;
beforeEach(async () => {
  one = await oneTarget({ profile: 'small', compromise: false });
  await one.seal('network');
  pull = await planned(one, {
    subject: { kind: 'bmc', target: one.target.id },
    step: STEP,
    sections: [[{ send: { kind: 'manual', instruction: 'pull the cable' }, proof: { by: 'act', witness: 'statement' } }]],
  });
});
afterEach(() => one.close());

const attempt = () => tried(one, pull, STEP);
const key = () => claimKey(one.order(pull.row), null);
const complete = (who: Name, captures: readonly Digest<'capture'>[], orders = [key()]) =>
  one.say(who, (said) => ({ ...said, verb: 'complete', launch: one.launch, orders, captures }));

/** A photo that somebody added. */
async function evidence(): Promise<Digest<'capture'>> {
  return one.withSeries(async (series) => {
    const at = time(Date.now());
    const answer = { uri: 'added:/photo', answeredBy: 'added:/photo', status: null, headers: {}, body: Buffer.from('photo'), json: null };
    const staged = await series.stage({
      purpose: 'added',
      class: 'network',
      answer: { ...answer, startedAt: at, endedAt: at, peer: null },
    });
    await series.commit();
    if (staged === null) throw new RangeError('nothing was staged');
    return staged;
  });
}

test('it waits for a person, finally, and says by which key; waiting longer costs no look', async () => {
  for (let n = 0; n < 12; n++) {
    const error = await attempt().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ExecutorError);
    expect(error).toMatchObject({ code: 'UNSETTLED', reason: 'AWAITS_PERSON', final: true, order: key() });
  }
  expect(await one.claims.tries(one.order(pull.row), null)).toMatchObject({ observed: 0 });
});

test('with evidence in the series it is done', async () => {
  await ended(attempt());
  await complete('lara', [await evidence()]);
  expect(await ended(attempt())).toEqual(['done']);
});

test('the word of whoever opened the incident counts under the launch, and for what is taken back it does not', async () => {
  await ended(attempt());
  await complete('rita', [await evidence()]);
  expect(await ended(attempt())).toEqual(['done']);
  const known = {
    incident: INCIDENT,
    statements: openStatements(one.layout.incident(INCIDENT).statements),
    keyring: () => Promise.resolve(one.ground.keyring),
  };
  const counted = (gate: string, isUndo: boolean) => completionsOf(known, { order: key(), gate: id(gate), isUndo });
  expect([await counted('launch', true), await counted('change', false)]).toEqual([[], []]);
});

test('a completion that was signed before anybody was asked does not count', async () => {
  const captures = [await evidence()];
  await complete('lara', captures);
  await pause(2);
  expect(await ended(attempt())).toEqual(['UNSETTLED', 'AWAITS_PERSON']);
  await one.say('lara', (said) => ({ ...said, verb: 'complete', launch: one.launch, orders: [key()], captures, reason: 'now it is' }));
  expect(await ended(attempt())).toEqual(['done']);
});

test('a completion that names evidence that is not there waits on, and a second one mends it', async () => {
  await ended(attempt());
  await complete('lara', [NOWHERE]);
  expect(await ended(attempt())).toEqual(['UNSETTLED', 'AWAITS_PERSON']);
  await complete('lara', [await evidence()]);
  expect(await ended(attempt())).toEqual(['done']);
});

test('of several pieces of evidence all must be there', async () => {
  await ended(attempt());
  await complete('lara', [await evidence(), NOWHERE]);
  expect(await ended(attempt())).toEqual(['UNSETTLED', 'AWAITS_PERSON']);
});

test('a completion of another order does not count', async () => {
  await ended(attempt());
  await complete('lara', [await evidence()], [claimKey(one.order(pull.row, 2), null)]);
  expect(await ended(attempt())).toEqual(['UNSETTLED', 'AWAITS_PERSON']);
});

test('a completion under another launch does not count', async () => {
  await ended(attempt());
  const captures = [await evidence()];
  await one.say('lara', (said) => ({ ...said, verb: 'complete', launch: digest('f'.repeat(64)), orders: [key()], captures }));
  expect(await ended(attempt())).toEqual(['UNSETTLED', 'AWAITS_PERSON']);
});

test('a completion that was said in another incident does not count', async () => {
  await ended(attempt());
  const captures = [await evidence()];
  await one.say('lara', (said) => ({ ...said, verb: 'complete', incident: id('case-2'), launch: one.launch, orders: [key()], captures }));
  expect(await ended(attempt())).toEqual(['UNSETTLED', 'AWAITS_PERSON']);
});

test('nobody is asked to act on a target that another incident holds', async () => {
  await openLeases(one.layout.leases).take(one.target.id, { incident: id('case-2'), launch: one.launch }, time(Date.now()));
  expect(await ended(attempt())).toEqual(['NOT_ATTEMPTED', 'LEASE_HELD']);
});

test('what is not done by a person is not proven by one', async () => {
  const lying = await planned(one, {
    subject: { kind: 'bmc', target: one.target.id },
    step: STEP,
    sections: [[{ send: { kind: 'lease', act: 'take' }, proof: { by: 'act', witness: 'statement' } }]],
    round: 2,
  });
  expect(await ended(tried(one, lying, STEP))).toEqual(['NOT_ATTEMPTED', 'UNSUPPORTED_KIND']);
});
