import { afterEach, describe, expect, test } from 'vitest';
import type { Json, Digest } from '../../../lib/model/json.js';
import { digest, id } from '../../../lib/model/json.js';
import type { Release } from '../../../lib/model/statement.js';
import { ExecutorError } from '../../../lib/operations/error.js';
import { ended, GATEWAY, planned, releaseBy, settled, tried, type Planned, type Sections, type Try } from '../../support/by-launch.js';
import { textAt, valueAtPointer } from '../../../lib/redfish/json.js';
import { counted } from '../../support/counted.js';
import { oneTarget, plantedUri, writes, type Name, type OneTarget } from '../../support/one-target.js';

const STEP = 'freeze';

let one: OneTarget;
afterEach(() => one.close());

/** A plan that disables the planted account, and ends nobody's session, approved by a lead. */
async function frozen(change: Partial<Sections> = {}): Promise<Planned> {
  const uri = plantedUri(one, 'rogue-administrator');
  const set = (Enabled: boolean) => ({ kind: 'redfish', method: 'PATCH', uri, body: { Enabled } }) as const;
  const is = (equals: boolean) => ({ uri, pointer: '/Enabled', equals });
  const made = await planned(one, {
    subject: { kind: 'bmc', target: one.target.id },
    step: STEP,
    gate: 'change',
    sections: [[{ send: set(false), before: [is(true)], after: [is(false)], undo: { send: set(true), after: [is(true)] } }]],
    row: { effect: 'change', destroys: ['accounts', 'sessions'] },
    counts: { contain: 0, change: 1 },
    ...change,
  });
  await one.seal('accounts', 'sessions');
  await one.approve(made.gate, 'lara', { round: made.gate.round });
  return made;
}

async function fleet(): Promise<void> {
  one = await oneTarget();
}

const attempt = (made: Planned, how: Try = {}) => ended(tried(one, made, STEP, how));
const account = () => plantedUri(one, 'rogue-administrator');

async function set(body: Json): Promise<void> {
  await one.withConnection('read-write', (connection) => connection.send({ method: 'PATCH', uri: account(), body, ifMatch: null }));
}

async function isEnabled(): Promise<unknown> {
  const { json } = await one.withConnection('read-only', (connection) => connection.get(account()));
  return valueAtPointer(json ?? null, '/Enabled');
}

describe('a signed release', () => {
  test('enables what we disabled, once', async () => {
    await fleet();
    const made = await frozen();
    await attempt(made);
    expect(await isEnabled()).toBe(false);
    const release = await releaseBy(one, 'lara');
    expect(await attempt(made, { release })).toEqual(['done']);
    expect(await attempt(made, { release })).toEqual(['done']);
    expect(await isEnabled()).toBe(true);
    expect(writes(one)).toEqual([`PATCH ${account()}`, `PATCH ${account()}`]);
  });

  test('leaves an account disabled that was so before we came', async () => {
    await fleet();
    const made = await frozen();
    await set({ Enabled: false });
    expect(await attempt(made)).toEqual(['already']);
    expect(await attempt(made, { release: await releaseBy(one, 'lara') })).toEqual(['already']);
    expect(await isEnabled()).toBe(false);
  });

  test('takes back nothing that was never begun', async () => {
    await fleet();
    const made = await frozen();
    await set({ Enabled: false });
    expect(await attempt(made, { release: await releaseBy(one, 'lara') })).toEqual(['already']);
    expect(await isEnabled()).toBe(false);
  });

  test('takes back what an earlier try did, when the retry found it done', async () => {
    await fleet();
    const made = await frozen();
    await attempt(made);
    await one.say('lara', (said) => ({
      ...said,
      verb: 'resolve',
      launch: one.launch,
      step: id(STEP),
      choice: 'retry',
      retry: 0,
      targets: [one.target.id],
    }));
    expect(await attempt(made, { retry: 1 })).toEqual(['already']);
    expect(await attempt(made, { retry: 1, release: await releaseBy(one, 'lara') })).toEqual(['done']);
    expect(await isEnabled()).toBe(true);
  });

  test('is `already` where somebody enabled the account by hand', async () => {
    await fleet();
    const made = await frozen();
    await attempt(made);
    await set({ Enabled: true });
    expect(await attempt(made, { release: await releaseBy(one, 'lara') })).toEqual(['already']);
  });

  test('touches nothing that somebody else has changed since', async () => {
    await fleet();
    const uri = account();
    const [name, set] = [{ uri, pointer: '/UserName', equals: await userName() }, { kind: 'redfish', method: 'PATCH', uri } as const];
    const is = (equals: boolean) => ({ uri, pointer: '/Enabled', equals });
    const made = await frozen({
      sections: [
        [
          {
            send: { ...set, body: { Enabled: false } },
            before: [name, is(true)],
            after: [is(false)],
            undo: { send: { ...set, body: { Enabled: true } }, after: [name, is(true)] },
          },
        ],
      ],
    });
    await attempt(made);
    await one.withConnection('read-write', (connection) =>
      connection.send({ method: 'PATCH', uri, body: { UserName: 'mallory' }, ifMatch: null }),
    );
    expect(await attempt(made, { release: await releaseBy(one, 'lara') })).toEqual(['NOT_ATTEMPTED', 'PRECONDITION_FAILED']);
    expect(await isEnabled()).toBe(false);
  });

  test('works after a cancel', async () => {
    await fleet();
    const made = await frozen();
    await attempt(made);
    await one.say('lara', (said) => ({ ...said, verb: 'cancel', launch: one.launch, subjects: [] }));
    expect(await attempt(made, { release: await releaseBy(one, 'lara') })).toEqual(['done']);
  });

  test('stops what has not begun when it is signed', async () => {
    await fleet();
    const made = await frozen();
    await releaseBy(one, 'lara');
    expect(await attempt(made)).toEqual(['NOT_ATTEMPTED', 'RELEASED']);
    expect(writes(one)).toEqual([]);
  });

  test('lifts nothing that a later round freezes', async () => {
    await fleet();
    const before = await releaseBy(one, 'lara');
    const made = await frozen({ round: 2, openedAt: Date.now() + 120_000 });
    expect(await attempt(made)).toEqual(['done']);
    expect(await attempt(made, { release: before })).toEqual(['NOT_ATTEMPTED', 'RELEASE_NOT_SIGNED']);
    expect(await isEnabled()).toBe(false);
  });

  test('needs a signed retry for a second try', async () => {
    await fleet();
    const made = await frozen();
    await attempt(made);
    expect(await attempt(made, { retry: 1, release: await releaseBy(one, 'lara') })).toEqual(['NOT_ATTEMPTED', 'RETRY_NOT_SIGNED']);
  });

  test('destroys nothing, whatever the undo says', async () => {
    await fleet();
    const uri = account();
    const made = await frozen({
      sections: [
        [
          {
            send: { kind: 'redfish', method: 'PATCH', uri, body: { Enabled: false } },
            after: [{ uri, pointer: '/Enabled', equals: false }],
            undo: { send: { kind: 'redfish', method: 'DELETE', uri, body: null }, after: [{ uri, absent: true }] },
          },
        ],
      ],
    });
    await attempt(made);
    expect(await attempt(made, { release: await releaseBy(one, 'lara') })).toEqual(['NOT_ATTEMPTED', 'EFFECT_TOO_GRAVE']);
  });

  async function userName(): Promise<string> {
    const { json } = await one.withConnection('read-only', (connection) => connection.get(account()));
    return textAt(json ?? undefined, 'UserName') ?? '';
  }
});

describe('a release counts', () => {
  const NOBODY: Digest<'statement'> = digest('f'.repeat(64));
  const CASES: readonly (readonly [string, () => Promise<Digest<'statement'>>])[] = [
    ['that nobody signed', () => Promise.resolve(NOBODY)],
    ['by the requester', () => releaseBy(one, 'rita')],
    ['of another step', () => of('lara', { steps: [id('isolate')] })],
    ['of another subject', () => of('lara', { subjects: [GATEWAY] })],
    ['of another target', () => of('lara', { subjects: [{ kind: 'bmc', target: id('somebody-else') }] })],
    ['under another launch', () => of('lara', { launch: NOBODY })],
    ['that is none', () => one.say('lara', (said) => ({ ...said, verb: 'cancel', launch: one.launch, subjects: [] }))],
  ];

  function of(who: Name, change: Partial<Release>): Promise<Digest<'statement'>> {
    return one.say(who, (said) => ({ ...said, verb: 'release', launch: one.launch, steps: [], subjects: [], ...change }));
  }

  test('only where it names step and subject, by who may release', async () => {
    await fleet();
    const made = await frozen();
    await attempt(made);
    const refused = [];
    for (const [what, sign] of CASES) refused.push([what, ...(await attempt(made, { release: await sign() }))]);
    expect(refused).toEqual(CASES.map(([what]) => [what, 'NOT_ATTEMPTED', 'RELEASE_NOT_SIGNED']));
    expect(await isEnabled()).toBe(false);
    expect(
      await attempt(made, { release: await of('lara', { steps: [id(STEP)], subjects: [{ kind: 'bmc', target: one.target.id }] }) }),
    ).toEqual(['done']);
  });
});

test('a failure at each step of an undo never sends twice and never reads as done without having been', async () => {
  const steps = await stepsOf();
  for (let step = 1; step <= steps.length; step++) {
    await fleet();
    const made = await frozen();
    await attempt(made);
    const release = await releaseBy(one, 'lara');
    const failing = counted((now, then) => {
      if (now === step && then === 'before') throw new RangeError(`injected at step ${String(step)}`);
    });
    await attempt(made, { release, over: failing.over }).catch((error: unknown) => {
      if (!(error instanceof ExecutorError)) throw error;
    });
    const [is] = await settled(() => tried(one, made, STEP, { release }));
    const sent = writes(one).length - 1;
    expect(sent).toBeLessThanOrEqual(1);
    expect([is, await isEnabled()]).toEqual(sent === 1 ? [expect.stringMatching(/^(done|already)$/), true] : ['unknown', false]);
    await one.close();
  }
  await fleet();
}, 120_000);

async function stepsOf(): Promise<readonly string[]> {
  await fleet();
  const made = await frozen();
  await attempt(made);
  const watching = counted(() => undefined);
  await attempt(made, { release: await releaseBy(one, 'lara'), over: watching.over });
  await one.close();
  return watching.names;
}
