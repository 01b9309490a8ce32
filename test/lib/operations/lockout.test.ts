import { describe, expect, test } from 'vitest';
import { lockoutFrom, strictest } from '../../../lib/operations/lockout.js';

const QUARTER_MS = 15 * 60_000;

describe('what a BMC bears of refused logins', () => {
  test.each([
    ['is one less than locks', 5, 600, { bears: 4, forgetsMs: 600_000 }],
    ['is none where the first one locks', 1, 600, { bears: 0, forgetsMs: 600_000 }],
    ['is not forgotten by waiting where only a good login makes it forget', 3, 0, { bears: 2, forgetsMs: null }],
    ['is two where it says that it never locks', 0, 0, { bears: 2, forgetsMs: QUARTER_MS }],
    ['is two where it says nothing', null, null, { bears: 2, forgetsMs: QUARTER_MS }],
    ['is forgotten after a quarter of an hour where it does not say when', 4, null, { bears: 3, forgetsMs: QUARTER_MS }],
  ])('%s', (_, threshold, resetAfterS, lockout) => {
    expect(lockoutFrom(threshold, resetAfterS)).toEqual(lockout);
  });

  test('is the least of several channels, for as long as the last of them remembers', () => {
    const [lax, strict] = [lockoutFrom(5, 900), lockoutFrom(3, 60)];
    expect(strictest([lax, strict])).toEqual({ bears: 2, forgetsMs: 900_000 });
    expect(strictest([lax, lockoutFrom(3, 0)])).toEqual({ bears: 2, forgetsMs: null });
  });
});
