import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { FaultName } from '../../drill/faults/faults.js';
import { digest } from '../../lib/model/json.js';
import type { Plan } from '../../lib/model/plan.js';
import { PROFILES, overTarget, rotating, type Rotating } from '../support/rotating.js';
import { all, count, requireOne, requireRotated, requireSafe } from './cases.js';

/** What people and factories set as passwords, and naive tools break on. */
const ODD = [
  `it's "quoted"`,
  'back\\slash\\',
  ' spaces at both ends ',
  'Пароль-ключ-鍵-é',
  'x',
  'A1'.repeat(20),
  '--password=x',
  '$HOME`id`$(id)',
  '100%s%n%00',
  '{"a":[1]}<&>;|\t#',
];

describe.each(PROFILES)('on %s', (profile) => {
  test('an old secret of any characters is replaced, and seen to be refused', async () => {
    await all(
      ODD,
      (odd) => JSON.stringify(odd),
      async (odd) => {
        await using here = await rotating({ profile, password: odd });
        expect(await here.goOn()).toMatchObject({ is: 'done' });
        requireRotated(await here.truth());
        await count('odd secrets');
      },
    );
  }, 300_000);

  test('two rotations at once leave one secret that works and is current, and one of the two rotated', async () => {
    // Each holds the lock for one operation at a time; how they alternate is up to the machine.
    await all([1, 2, 3, 4], String, async () => {
      await using here = await rotating({ profile });
      const other = await anotherPlan(here);
      const ends = await Promise.all([here.goOn(), other.goOn()]);
      const truth = await here.truth();
      requireSafe(truth, 2);
      expect([truth.works, truth.gives, truth.current, truth.record.rotations]).toEqual([['new'], 'new', 'new', []]);
      expect(ends.map(({ is }) => is)).toContain('done');
      await count('two at once');
    });
  }, 300_000);

  test('nobody is given a secret while the change is under way, and nobody sends one', async () => {
    await using here = await rotating({ profile });
    const seen: string[] = [];
    let logins = 0;
    const end = await here.goOn({
      over: (deps) => ({
        ...deps,
        async tryLogin(...how) {
          seen.push((await here.truth()).gives);
          logins += 1;
          return deps.tryLogin(...how);
        },
      }),
    });
    expect(end).toMatchObject({ is: 'done' });
    // Until the new one is proven everybody waits; the look that proves the old one refused may come after that.
    expect(seen[0]).toBe('SECRET_IN_DOUBT');
    expect([...new Set(seen)].filter((gives) => gives !== 'SECRET_IN_DOUBT' && gives !== 'new')).toEqual([]);
    expect(logins).toBeGreaterThan(0);
    requireRotated(await here.truth());
    await count('logins in the middle');
  });

  test('clocks that are wrong, the BMC’s or ours, change nothing', async () => {
    const clocks: readonly { readonly fault: FaultName | null; readonly laterMs: number }[] = [
      { fault: 'clock-in-1970', laterMs: 0 },
      { fault: 'clock-in-2045', laterMs: 0 },
      { fault: 'clock-of-nonsense', laterMs: 0 },
      { fault: null, laterMs: 10 * 60_000 },
      { fault: null, laterMs: -10 * 60_000 },
    ];
    await all(
      clocks,
      ({ fault, laterMs }) => `${fault ?? 'ours'} ${String(laterMs)}`,
      async ({ fault, laterMs }) => {
        await using here = await rotating({ profile, fault });
        const { is } = await here.goOn({ laterMs });
        const truth = await here.truth();
        if (is === 'done') requireRotated(truth);
        else {
          requireOne(truth, 'old');
          // A clock of ours that went back behind what is on record stops before anything is sent.
          expect([laterMs < 0, is]).toEqual([true, 'CLOCK_BEHIND']);
        }
        await count('wrong clocks');
      },
    );
  }, 300_000);
});

test('a change that is held at the BMC keeps another step from logging in until it is known which secret works', async () => {
  await using here = await rotating({ profile: 'openbmc' });
  const { fleet, bmc } = here.one;
  const hold = fleet.hold(bmc.id, { method: 'PATCH' }, 'after');
  const end = here.goOn();
  await hold.reached;
  const sessions = (): number => fleet.wire.entries.filter(({ method, uri }) => method === 'POST' && uri.endsWith('/Sessions')).length;
  const before = sessions();
  expect((await here.truth()).gives).toBe('SECRET_IN_DOUBT');
  await delay(0);
  expect(sessions()).toBe(before);
  hold.drop();
  expect(await end).toMatchObject({ is: 'done' });
  await count('logins in the middle');
});

/** A second plan for the same target, under a gate of its own in the same incident, on the same state: as another round makes it. */
async function anotherPlan({ one, plan, row, made }: Rotating): Promise<Rotating> {
  const other: Plan = { ...plan, findings: [digest('e'.repeat(64))] };
  const again = { ...row, plan: await one.objects.put<'plan'>(other) };
  const { counts } = await one.review();
  const gate = await one.open({ row: again, counts }, 2);
  await one.approve(gate);
  return overTarget(one, { plan: other, row: again, gate }, { made });
}
