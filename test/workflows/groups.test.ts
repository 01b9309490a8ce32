import { describe, expect, it } from 'vitest';
import { id, type Id } from '../../lib/model/json.js';
import type { TargetState } from '../../lib/model/verdict.js';
import { groupStates, joinEnds } from '../../workflows/groups.js';

const done: TargetState = { at: 'settled', verdict: { is: 'done', assurance: 'self-reported' } };
const parked = (why: string): TargetState => ({
  at: 'parked',
  code: 'UNREACHABLE',
  why,
  operation: null,
  offers: ['retry', 'skip', 'abort'],
});
const targets = (count: number): Id<'target'>[] => Array.from({ length: count }, (_, n) => id(`bmc-${String(n)}`));

describe('groupStates', () => {
  it('keeps every target once and every different reason', () => {
    const [a, b, c] = targets(3);
    const states = new Map<Id<'target'>, TargetState>([
      [a ?? id('x'), done],
      [b ?? id('x'), parked('no route')],
      [c ?? id('x'), parked('refused')],
    ]);
    expect(groupStates(states)).toMatchObject({ settled: [{ targets: [a] }], parked: [{ targets: [b] }, { targets: [c] }] });
  });

  it('keeps a thousand parked targets of different reasons under 48 kB', () => {
    const states = new Map(targets(1_000).map((target) => [target, parked(`no answer from ${target} ${'.'.repeat(200)}`)]));
    const grouped = groupStates(states);
    expect(JSON.stringify(grouped).length).toBeLessThan(48_000);
    expect(grouped.parked.flatMap((group) => group.targets)).toHaveLength(1_000);
  });
});

describe('joinEnds', () => {
  it('joins equal groups of several shards into one and loses no target', () => {
    const [a, b] = targets(2);
    const end = (target: Id<'target'>) => ({ ...groupStates(new Map([[target, done]])), pages: [], findings: 2 });
    expect(joinEnds([end(a ?? id('x')), end(b ?? id('x'))])).toMatchObject({ settled: [{ targets: [a, b] }], findings: 4 });
  });
});
