import { describe, expect, test } from 'vitest';
import { PROFILES, rotating, type End, type Rotating, type Truth } from '../support/rotating.js';
import { BAD_DAYS, expectedOn, type Rotates } from './bad-days.js';
import { all, count, requireOneWorks, requireRotated, requireSafe } from './cases.js';

function requireEnd(end: End, truth: Truth, rotates: Rotates, profile: string): void {
  if (requireOneWorks(end, truth, rotates)) return;
  // An iLO locks nobody; it lets whoever was refused twice wait for ten seconds.
  const waits = profile === 'hpe' && rotates === 'none';
  requireSafe(waits ? { ...truth, keptOut: truth.keptOut.filter((who) => who !== 'address') } : truth);
  const { works, gives } = truth;
  expect([end.is, works, gives]).toEqual(
    rotates === 'both' ? ['BOTH_ACCEPTED', ['old', 'new'], 'new'] : ['BOTH_REFUSED', [], 'BOTH_REFUSED'],
  );
}

function logins({ one }: Rotating): number {
  return one.fleet.wire.entries.filter(({ method, uri }) => method === 'POST' && uri.endsWith('/Sessions')).length;
}

/** What a person signs after a parked end, whatever came of it: nobody is locked out, and what is not known is not tried. */
async function retried(here: Rotating, end: End, rotates: Rotates): Promise<void> {
  if (end.is === 'done') return;
  const before = logins(here);
  if (rotates === 'old') await here.one.fleet.fault(here.one.bmc.id, null);
  const again = await here.goOn({ retry: 1 });
  const truth = await here.truth();
  if (rotates === 'old' || (rotates === 'old-or-new' && again.is === 'done')) {
    expect(again).toMatchObject({ is: 'done' });
    requireRotated(truth, 2);
    return;
  }
  if (rotates === 'both') {
    expect([again.is, truth.gives, truth.keptOut]).toEqual(['BOTH_ACCEPTED', 'new', []]);
    return;
  }
  if (rotates === 'none' && truth.own.most + 1 >= 3)
    expect([again.is, truth.own.lockedEver, truth.gives]).toEqual(['SECRET_IN_DOUBT', false, 'BOTH_REFUSED']);
  expect(truth.own.lockedEver).toBe(false);
  expect(truth.sent).toBeLessThanOrEqual(2);
  expect(logins(here) - before).toBeLessThanOrEqual(4);
}

describe.each(PROFILES)('on %s', (profile) => {
  test('every bad day ends with one secret that works, or says what does, and so does a signed retry', async () => {
    await all(
      BAD_DAYS,
      ({ name }) => name,
      async (day) => {
        await using here = await rotating({ profile, fault: day.name });
        const end = await here.goOn();
        const expected = expectedOn(profile, day);
        requireEnd(end, await here.truth(), expected, profile);
        await count('bad days');
        await retried(here, end, expected);
        if (end.is !== 'done') await count('signed retries');
      },
    );
  }, 600_000);
});
