import { expect, test } from 'vitest';
import { closingAfter } from '../../workflows/closing.js';

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
