import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Rules } from '../../../lib/model/isolation.js';
import { id } from '../../../lib/model/json.js';
import type { Counts } from '../../../lib/model/plan.js';
import type { ExecutorDeps } from '../../../lib/operations/job.js';
import { ended, GATEWAY, Gateway, planned, releaseBy, rulesOf, settled, tried, type Part, type Planned } from '../../support/by-launch.js';
import { counted } from '../../support/counted.js';
import { oneTarget, type OneTarget } from '../../support/one-target.js';

const STEP = 'isolate';
const ALL = rulesOf();
const NARROW = rulesOf({ responders: ['10.9.0.5'] });

let one: OneTarget;
let gateway: Gateway;
/** Each plan has a round of its own, in one store: the newest counts. */
let round = 0;
beforeAll(async () => {
  one = await oneTarget({ profile: 'small', compromise: false });
});
afterAll(() => one.close());
beforeEach(() => {
  gateway = new Gateway();
});

const cut = (rules: Rules | null, armedForS: number | null = null): Part => ({
  send: { kind: 'network', rules, armedForS },
  limitMs: 60_000,
  undo: { send: { kind: 'network', rules: null, armedForS: null }, after: [] },
});

async function plan(parts: readonly [Part, ...Part[]], counts: Partial<Counts> = {}): Promise<Planned> {
  return planned(one, { subject: GATEWAY, step: STEP, sections: [parts], round: ++round, counts });
}

const attempt = (known: Planned, operation = 1) => ended(tried(one, known, STEP, { operation, over: gateway.over }));
const goOn = (known: Planned, operation = 1) => settled(() => tried(one, known, STEP, { operation, over: gateway.over }));

describe('by the launch alone', () => {
  test('the first rules are put in force, and stay applied once', async () => {
    const known = await plan([cut(ALL)]);
    expect(await attempt(known)).toEqual(['done']);
    expect(await attempt(known)).toEqual(['done']);
    expect(gateway.applied).toEqual([ALL]);
  });

  test('rules that are in force are `already`', async () => {
    gateway.state = { rules: ALL, armed: false, intact: true };
    expect(await attempt(await plan([cut(ALL)]))).toEqual(['already']);
    expect(gateway.applied).toEqual([]);
  });

  test('narrower rules are put in force', async () => {
    gateway.state = { rules: ALL, armed: false, intact: true };
    expect(await attempt(await plan([cut(NARROW)]))).toEqual(['done']);
  });

  test.each<[string, Rules]>([
    ['one more responder', rulesOf({ responders: [...ALL.responders, '10.9.0.7'] })],
    ['a fallback', rulesOf({ fallback: ['10.9.0.0/24'] })],
    ['a way out', rulesOf({ allowances: [{ to: '10.9.0.2', protocol: 'udp', port: 514, reason: 'syslog' }] })],
    ['less inside', rulesOf({ inside: [] })],
    ['targets alone', rulesOf({ scope: 'targets' })],
  ])('rules that widen those in force are refused: %s', async (_, rules) => {
    gateway.state = { rules: ALL, armed: false, intact: true };
    expect(await attempt(await plan([cut(rules)]))).toEqual(['NOT_ATTEMPTED', 'EFFECT_TOO_GRAVE']);
    expect(gateway.applied).toEqual([]);
  });

  test('taking the rules away is no containment', async () => {
    gateway.state = { rules: ALL, armed: false, intact: true };
    expect(await attempt(await plan([cut(null)]))).toEqual(['NOT_ATTEMPTED', 'EFFECT_TOO_GRAVE']);
  });

  test('rules of another incident are not replaced by narrower ones, and a release of ours leaves them where they are', async () => {
    const known = await plan([cut(NARROW)]);
    expect(await attempt(known)).toEqual(['done']);
    gateway.state = { rules: rulesOf({ incident: id('case-2') }), armed: false, intact: true };
    const release = await releaseBy(one, 'lara', { steps: [id(STEP)] });
    expect(await ended(tried(one, known, STEP, { release, over: gateway.over }))).toEqual(['already']);
    expect(await attempt(await plan([cut(NARROW)]))).toEqual(['NOT_ATTEMPTED', 'ANOTHER_INCIDENT']);
    expect(gateway.applied).toEqual([NARROW]);
  });

  test.each<[string, Partial<Counts>]>([
    ['change', { change: 1 }],
    ['destroy', { destroy: 1 }],
  ])('an index that counts a %s opens nothing', async (_, counts) => {
    expect(await attempt(await plan([cut(ALL)], counts))).toEqual(['NOT_ATTEMPTED', 'QUORUM_SHORT']);
    expect(gateway.applied).toEqual([]);
  });

  test('an operation that changes is refused, whatever its row says', async () => {
    const known = await planned(one, {
      subject: { kind: 'bmc', target: one.target.id },
      step: 'freeze',
      sections: [
        [
          {
            send: { kind: 'redfish', method: 'PATCH', uri: '/redfish/v1/Managers/bmc', body: { A: 1 } },
            after: [{ uri: '/redfish/v1/Managers/bmc', pointer: '/A', equals: 1 }],
          },
        ],
      ],
      round: ++round,
      row: { effect: 'change', destroys: ['configuration'] },
    });
    expect(await ended(tried(one, known, 'freeze'))).toEqual(['NOT_ATTEMPTED', 'EFFECT_TOO_GRAVE']);
  });
});

describe('the answer', () => {
  test('that is lost is looked for, and nothing is applied twice', async () => {
    gateway.answer = () => {
      throw new RangeError('lost');
    };
    const known = await plan([cut(ALL)]);
    expect(await goOn(known)).toEqual(['done']);
    expect(await goOn(known)).toEqual(['done']);
    expect(gateway.applied).toEqual([ALL]);
  });

  test('of a gateway that says yes and does nothing ends as failed, after the one more time that a cut is seen to be absent', async () => {
    gateway.obeys = false;
    expect(await goOn(await plan([cut(ALL)]))).toEqual(['failed', 'NOT_APPLIED']);
    expect(gateway.applied).toEqual([ALL, ALL]);
  });

  test('of another device is asked for nothing', async () => {
    gateway.identify = () => Promise.resolve('gateway 2');
    expect(await attempt(await plan([cut(ALL)]))).toEqual(['NOT_ATTEMPTED', 'WRONG_DEVICE']);
    expect(gateway.applied).toEqual([]);
  });
});

describe('a section', () => {
  test('its second operation waits for the first', async () => {
    const known = await plan([cut(ALL, 600), cut(ALL)]);
    expect(await attempt(known, 2)).toEqual(['NOT_ATTEMPTED', 'PRECONDITION_FAILED']);
    expect(await attempt(known, 1)).toEqual(['done']);
    expect(await attempt(known, 2)).toEqual(['done']);
    expect(gateway.state).toMatchObject({ rules: ALL, armed: false });
  });

  test('a retry that somebody signed for the enforcer counts, and only then', async () => {
    const known = await plan([cut(ALL)]);
    const again = () => ended(tried(one, known, STEP, { retry: 1, over: gateway.over }));
    expect(await again()).toEqual(['NOT_ATTEMPTED', 'RETRY_NOT_SIGNED']);
    await one.say('lara', (said) => ({
      ...said,
      verb: 'resolve',
      launch: one.launch,
      step: id(STEP),
      choice: 'retry',
      retry: 0,
      targets: [id('gateway')],
    }));
    expect(await again()).toEqual(['done']);
  });

  test('a cut that was claimed and never reached the gateway is put there', async () => {
    const known = await plan([cut(ALL)]);
    await dieAfterClaim(known);
    expect(await goOn(known)).toEqual(['done']);
    expect(gateway.applied).toEqual([ALL]);
  });

  // Last, in this order: nothing of this incident begins after a cancel.
  test('one that has begun is finished after a cancel, and no other begins, nor is put there again', async () => {
    const known = await plan([cut(ALL, 600), cut(ALL)]);
    expect(await attempt(known, 1)).toEqual(['done']);
    const other = await plan([cut(NARROW)]);
    const claimed = await plan([cut(NARROW)]);
    await dieAfterClaim(claimed);
    await one.say('lara', (said) => ({ ...said, verb: 'cancel', launch: one.launch, subjects: [] }));
    expect(await attempt(other)).toEqual(['NOT_ATTEMPTED', 'CANCELLED']);
    expect(await goOn(claimed)).toEqual(['failed', 'NOT_APPLIED']);
    await dieAfterClaim(known, 2);
    expect(await goOn(known, 2)).toEqual(['done']);
    expect(gateway.applied).toEqual([ALL, ALL]);
  });

  async function dieAfterClaim(known: Planned, operation = 1): Promise<void> {
    const dying = counted((step, when) => {
      if (when === 'after' && dying.names[step - 1] === 'claims.create') throw new RangeError('died');
    });
    const over = (deps: ExecutorDeps): ExecutorDeps => gateway.over(dying.over(deps));
    await ended(tried(one, known, STEP, { operation, over }));
    expect(await one.claims.find(one.order(known.row, operation, { round: known.gate.round }), null)).not.toBeNull();
  }
});
