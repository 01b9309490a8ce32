import { describe, expect, test } from 'vitest';
import { rotating, type End, type Truth } from '../support/rotating.js';
import { BAD_DAYS, expectedOn, type Rotates } from './bad-days.js';
import { all, count, requireOneWorks, requireSafe } from './cases.js';

/** As of our own login, but that whoever uses the account has what the vault holds as current. */
function requireEnd(end: End, truth: Truth, rotates: Rotates): void {
  if (requireOneWorks(end, truth, rotates)) return;
  requireSafe(truth);
  expect([end.is, truth.works, truth.current]).toEqual(
    rotates === 'both' ? ['BOTH_ACCEPTED', ['old', 'new'], 'old'] : ['BOTH_REFUSED', [], 'old'],
  );
}

describe.each(['dell', 'lenovo', 'small'] as const)('on %s', (profile) => {
  test('every bad day ends with one secret of a service account that works, or says what does, and ours is never touched', async () => {
    await all(
      BAD_DAYS,
      ({ name }) => name,
      async (day) => {
        await using here = await rotating({ profile, fault: day.name, service: 'metrics' });
        const end = await here.goOn();
        requireEnd(end, await here.truth(), expectedOn(profile, day));
        const { bmc } = here.one;
        expect([bmc.works(bmc.userName, bmc.password), bmc.logins().find(({ userName }) => userName === bmc.userName)?.failures]).toEqual([
          true,
          0,
        ]);
        await count('bad days of service accounts');
      },
    );
  }, 600_000);
});
