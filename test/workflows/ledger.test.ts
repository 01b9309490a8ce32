import { expect, test } from 'vitest';
import { id } from '../../lib/model/json.js';
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
