import type { Condition, Operation } from '../model/operation.js';
import { wasBegun } from './begun.js';
import { isForGood } from './for-good.js';
import type { Job } from './job.js';
import type { Planned } from './plan-check.js';

/**
 * The operation as its order means it. Under a release that is the planned undo, and only of what this incident did: what was never begun, what
 * held before we came, what was closed for good since, and what cannot be taken back is left as it is, which is null.
 */
export async function undone({ claims, deps, order }: Pick<Job, 'claims' | 'deps' | 'order'>, planned: Planned): Promise<Planned | null> {
  if (order.release === null) return planned;
  const { operation } = planned;
  if (operation.undo === null || !(await wasBegun(claims, order))) return null;
  const { subject } = order;
  if (subject.kind === 'bmc' && (await isForGood(deps.settings(order.incident, subject.target), operation))) return null;
  return { ...planned, operation: undoOf(operation, operation.undo) };
}

function undoOf(operation: Operation, undo: NonNullable<Operation['undo']>): Operation {
  return {
    ...operation,
    send: undo.send,
    line: `take back: ${operation.line}`,
    before: unchanged(operation),
    after: undo.after,
    proof: { by: 'state' },
    destroys: [],
    undo: null,
  };
}

/** What we set must still be there, and what we left as it was: what somebody else has changed since, such as whose account it is, is theirs to judge. */
function unchanged({ before, after }: Operation): readonly Condition[] {
  const left = before.filter((condition) => !after.some((set) => placeOf(set) === placeOf(condition)));
  return [...after, ...left];
}

function placeOf(condition: Condition): string {
  return 'pointer' in condition ? `${condition.uri}#${condition.pointer}` : condition.uri;
}
