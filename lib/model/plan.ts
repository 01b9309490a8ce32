import type { Effect, EvidenceClass, Impact } from './effect.js';
import type { Digest, Id } from './json.js';
import type { Operation, Section, Subject } from './operation.js';

/** What a planner returns for one subject: made by reads only, secrets by reference. Its digest is over its canonical JSON. */
export interface Plan {
  readonly step: Id<'step'>;
  readonly subject: Subject;
  readonly identity: Digest<'identity'>;
  readonly sections: readonly Section[];
  readonly findings: readonly Digest<'finding'>[];
}

/** How many operations have which effect and impact; a signer sees these before the digests. */
export type Counts = Readonly<Record<Effect, number>> & Readonly<Record<Impact, number>>;

export interface IndexRow {
  readonly subject: Subject;
  readonly identity: Digest<'identity'>;
  readonly plan: Digest<'plan'>;
  readonly operations: number;
  readonly effect: Effect;
  readonly impact: Impact;
  readonly destroys: readonly EvidenceClass[];
  /** Sections that end with something in any case; left out where there are none. */
  readonly closing?: readonly Closing[];
}

/** Whatever becomes of the operations `first` to `last`, those that `always` numbers are carried out after them. */
export interface Closing {
  readonly first: number;
  readonly last: number;
  readonly always: readonly number[];
  /** Those of the first that lift what `always` sets again, as a maker's lock: a release ends with taking them back. Left out where there are none. */
  readonly lifts?: readonly number[];
}

/** All operations of a plan in the order of their numbers. */
export function operationsOf({ sections }: Pick<Plan, 'sections'>): readonly Operation[] {
  return sections.flatMap(({ operations, always }) => [...operations, ...always]);
}

/** The rows of one shard, at most {@link PAGE_BYTES} of canonical JSON. */
export interface IndexPage {
  readonly zone: Id<'zone'>;
  readonly shard: number;
  readonly rows: readonly IndexRow[];
}

/** Its digest is the root that a gate signs. */
export interface PlanIndex {
  readonly version: 1;
  readonly step: Id<'step'>;
  readonly gate: Id<'gate'>;
  readonly round: number;
  readonly pages: readonly Digest<'page'>[];
  readonly counts: Counts;
}

export const PAGE_BYTES = 48_000;
export const OPERATIONS_PER_SHARD = 300;
export const OPERATIONS_PER_TARGET = 200;

export const NO_COUNTS: Counts = {
  observe: 0,
  contain: 0,
  change: 0,
  destroy: 0,
  none: 0,
  'bmc-dark': 0,
  'host-at-risk': 0,
  'host-down': 0,
};

export function addCounts(a: Counts, b: Counts): Counts {
  return {
    observe: a.observe + b.observe,
    contain: a.contain + b.contain,
    change: a.change + b.change,
    destroy: a.destroy + b.destroy,
    none: a.none + b.none,
    'bmc-dark': a['bmc-dark'] + b['bmc-dark'],
    'host-at-risk': a['host-at-risk'] + b['host-at-risk'],
    'host-down': a['host-down'] + b['host-down'],
  };
}
