import type { Id } from './json.js';

/** Ordered phases as data. A phase with a gate waits for signed approvals of its plan index before anything is changed. */
export interface Runbook {
  readonly version: 1;
  readonly name: Id<'runbook'>;
  readonly title: string;
  readonly phases: readonly Phase[];
}

export interface Phase {
  readonly step: Id<'step'>;
  /** Runs beside the later phases; the incident ends only when it has ended. */
  readonly background: boolean;
  /** The gate type of the policy that guards its carry-out; null for steps that only read. */
  readonly gate: Id<'gate'> | null;
  /** Stop starting targets once so many have failed or parked; null: never. */
  readonly maxFailures: number | null;
}
