import type { Id } from '../lib/model/json.js';
import type { Approved } from './holds.js';

type Subjects = readonly Id<'target'>[];

/** What is known of one frozen subject when a look at it is due. */
export interface Frozen {
  /** The newest plan that was carried out on it, to whatever end. */
  readonly approved: Approved | undefined;
  /** It waits for a person, is being frozen, or is being taken back. */
  readonly isBusy: boolean;
  /** Somebody signed that it stays as a look had found it. */
  readonly isLeft: boolean;
}

/**
 * Whom to look at, by their newest plan. What the step came to does not matter: a target whose last proof failed, and that was skipped then, is frozen
 * as far as its operations were done, and so far it is held against its plans.
 */
export function toLookAt(subjects: Subjects, known: (subject: Id<'target'>) => Frozen): readonly (readonly [Approved, Subjects])[] {
  const groups = new Map<string, [Approved, Id<'target'>[]]>();
  for (const subject of subjects) {
    const { approved, isBusy, isLeft } = known(subject);
    if (approved === undefined || isBusy || isLeft) continue;
    const group = groups.get(approved.gate.root) ?? [approved, []];
    group[1].push(subject);
    groups.set(approved.gate.root, group);
  }
  return [...groups.values()];
}
