import { expect, test } from 'vitest';
import { digest, id } from '../../lib/model/json.js';
import type { Verdict } from '../../lib/model/verdict.js';
import { Ledger } from '../../workflows/ledger.js';

const DONE: Verdict = { is: 'done', assurance: 'corroborated' };
const STOPPED: Verdict = { is: 'not-started', by: 'cancelled' };
const [one, two] = [id<'target'>('one'), id<'target'>('two')];

function ledger(): Ledger {
  return new Ledger({
    version: 1,
    name: id('test'),
    title: 'test',
    phases: [{ step: id('isolate'), gate: null, background: false, maxFailures: null }],
  });
}

test('a target has one verdict for a step: the last', () => {
  const known = ledger();
  known.settle(0, DONE, [one, two]);
  known.settle(0, STOPPED, [one]);
  expect(known.phases[0]?.settled).toEqual([
    { verdict: DONE, targets: [two] },
    { verdict: STOPPED, targets: [one] },
  ]);
});

test('what is done again is counted once', () => {
  const known = ledger();
  known.settle(0, DONE, [one]);
  known.settle(0, DONE, [one]);
  expect(known.phases[0]?.settled).toEqual([{ verdict: DONE, targets: [one] }]);
});

test.each<[string, Verdict, boolean]>([
  ['too many failures stopped', { is: 'not-started', by: 'max-failures' }, true],
  ['nothing could be shown of', { is: 'unverifiable', code: 'NO_VANTAGE', operation: 1 }, true],
  ['a person skipped, which goes on by itself', { is: 'skipped', by: digest<'statement'>('a'.repeat(64)) }, false],
  ['a person gave up', { is: 'not-started', by: digest<'statement'>('a'.repeat(64)) }, false],
  ['a signed retry has done meanwhile', DONE, false],
])('the steps behind are given up for a target, or not: one that %s', (_, verdict, isStopped) => {
  const known = ledger();
  known.settle(0, verdict, [one]);
  // The other waits for nobody any more, and has not ended yet: its retry is under way.
  expect(known.stopped(0, [one, two])).toEqual(isStopped ? [one] : []);
});
