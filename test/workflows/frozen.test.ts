import { expect, test } from 'vitest';
import { digest, id, type Digest } from '../../lib/model/json.js';
import { toLookAt, type Frozen } from '../../workflows/frozen.js';
import type { Approved } from '../../workflows/holds.js';

const [one, two, three] = [id<'target'>('one'), id<'target'>('two'), id<'target'>('three')];
const round = (number: number): Approved => ({
  gate: { gate: id('change'), round: number, root: digest<'index'>(String(number).repeat(64)) satisfies Digest<'index'> },
  pages: [],
});
const [first, second] = [round(1), round(2)];
const FROZEN: Frozen = { approved: first, isBusy: false, isLeft: false };

test('whoever was frozen is looked at by the newest plan, and what the step came to is not asked', () => {
  const plans = new Map([
    [one, first],
    [two, second],
    [three, first],
  ]);
  expect(toLookAt([one, two, three], (target) => ({ ...FROZEN, approved: plans.get(target) }))).toEqual([
    [first, [one, three]],
    [second, [two]],
  ]);
});

test.each<[string, Partial<Frozen>]>([
  ['was never frozen', { approved: undefined }],
  ['waits for a person, is being frozen or taken back', { isBusy: true }],
  ['was left as it had drifted, by a signature', { isLeft: true }],
])('not whoever %s', (_, differs) => {
  expect(toLookAt([one, two], (target) => (target === one ? { ...FROZEN, ...differs } : FROZEN))).toEqual([[first, [two]]]);
});
