import type { VerdictGroup } from '../lib/model/incident.js';
import type { Id } from '../lib/model/json.js';
import type { TargetState } from '../lib/model/verdict.js';
import type { Ended, ParkedGroup } from '../lib/model/work.js';

/** With more parked targets than this their reasons, which may differ one by one, stay behind; code and operation remain. */
const REASONS_UP_TO = 100;

/** Folds the states of many targets into groups of the same state: what travels to the parent stays small. */
export function groupStates(states: ReadonlyMap<Id<'target'>, TargetState>): Pick<Ended, 'settled' | 'parked'> {
  const settled = new Map<string, VerdictGroup>();
  const parked = new Map<string, ParkedGroup>();
  const many = [...states.values()].filter((state) => state.at === 'parked').length > REASONS_UP_TO;
  for (const [target, state] of states) {
    if (state.at === 'settled') add(settled, { verdict: state.verdict }, target);
    if (state.at === 'parked') add(parked, { state: many ? { ...state, why: '' } : state }, target);
  }
  return { settled: [...settled.values()], parked: [...parked.values()] };
}

/** Joins the ends of several shards, equal groups into one. */
export function joinEnds(ends: readonly Ended[]): Ended {
  const settled = new Map<string, VerdictGroup>();
  const parked = new Map<string, ParkedGroup>();
  for (const end of ends) {
    for (const { targets, ...rest } of end.settled) for (const target of targets) add(settled, rest, target);
    for (const { targets, ...rest } of end.parked) for (const target of targets) add(parked, rest, target);
  }
  return {
    settled: [...settled.values()],
    parked: [...parked.values()],
    pages: ends.flatMap((end) => end.pages),
    findings: ends.reduce((sum, end) => sum + end.findings, 0),
  };
}

function add<Rest extends object>(
  groups: Map<string, Rest & { readonly targets: readonly Id<'target'>[] }>,
  rest: Rest,
  target: Id<'target'>,
): void {
  const key = JSON.stringify(rest);
  groups.set(key, { ...rest, targets: [...(groups.get(key)?.targets ?? []), target] });
}
