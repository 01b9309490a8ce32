import { expect, test } from 'vitest';
import { closingAfter, withClosing, type TargetCame } from '../../workflows/closing.js';

/** 1 alone; 2 lifts a lock for 3, 4 sets aside, 5 sets it again; 6 and 7 end with 8. */
const ROW = {
  closing: [
    { first: 2, last: 3, always: [4, 5], lifts: [2] },
    { first: 6, last: 7, always: [8] },
  ],
};

test('what goes wrong is followed by what its section ends with, and taken back by what had lifted its lock', () => {
  const all = (backwards: boolean) => [1, 2, 3, 4, 5, 6, 8].map((n) => closingAfter(ROW, n, backwards));
  expect(all(false)).toEqual([[], [4, 5], [4, 5], [5], [], [8], []]);
  expect(all(true)).toEqual([[], [], [2], [2], [2], [], []]);
  expect(closingAfter({}, 1, true)).toEqual([]);
});

const PARKED = { at: 'parked', code: 'HTTP_400', why: 'it ended failed', operation: 3, offers: ['retry'] } as const;
const NOT_SHOWN: TargetCame = { state: { at: 'settled', verdict: { is: 'unverifiable', code: 'NOT_SHOWN', operation: 3 } } };
const DONE: TargetCame = { state: { at: 'settled', verdict: { is: 'done', assurance: 'self-reported' } } };
const LEFT_OPEN: TargetCame = { state: { ...PARKED, operation: 5, code: 'NOT_APPLIED' } };

test('a section that did not end right is never settled, whatever its first trouble was', () => {
  expect(withClosing(NOT_SHOWN, 5, DONE)).toEqual(NOT_SHOWN);
  expect(withClosing(NOT_SHOWN, 5, LEFT_OPEN)).toEqual(LEFT_OPEN);
  expect(withClosing<TargetCame>({ state: PARKED }, 5, LEFT_OPEN)).toEqual({
    state: { ...PARKED, why: 'it ended failed; operation 5, which ends its section, came to NOT_APPLIED' },
  });
});
