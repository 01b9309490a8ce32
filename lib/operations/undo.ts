import type { Condition, Operation } from '../model/operation.js';
import { wasBegun } from './begun.js';
import { isForGood, isReleased } from './for-good.js';
import type { Job } from './job.js';
import { isLiftOfBegun } from './lift.js';
import type { Planned } from './plan-check.js';

/**
 * The operation as its order means it. Under a release that is the planned undo, and only of what this incident did: what was never begun, what
 * held before we came, what was closed for good since, and what cannot be taken back is left as it is, which is null. So is at the end of a section what
 * was released meanwhile.
 */
export async function undone({ claims, deps, order }: Pick<Job, 'claims' | 'deps' | 'order'>, planned: Planned): Promise<Planned | null> {
  const { operation, closes } = planned;
  const { subject } = order;
  const settings = subject.kind === 'bmc' ? deps.settings(order.incident, subject.target) : null;
  if (order.release === null) {
    const isOver = closes !== null && settings !== null && (await isReleased(settings, operation));
    return isOver ? null : planned;
  }
  if (operation.undo === null) return null;
  if (!(await wasBegun(claims, order)) && !(await isLiftOfBegun(claims, order, planned))) return null;
  if (settings !== null && (await isForGood(settings, operation))) return null;
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
