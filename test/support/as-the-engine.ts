import type { Id } from '../../lib/model/json.js';
import { ExecutorError } from '../../lib/operations/error.js';
import type { OneTarget } from './one-target.js';

/** Thrown by everything that a dead worker would do. */
export class WorkerDied extends Error {
  override readonly name = 'WorkerDied';
}

/** What an attempt came to, as the workflow reads it: an outcome, or the code with which the target parks. Null: the engine would ask again. */
export function codeOf(outcome: unknown): string | null {
  if (outcome instanceof WorkerDied) return null;
  if (outcome instanceof ExecutorError) return outcome.final ? outcome.reason : null;
  if (outcome instanceof Error) throw outcome;
  if (typeof outcome !== 'object' || outcome === null || !('is' in outcome)) throw new TypeError('expected an outcome');
  return 'code' in outcome ? String(outcome.code) : String(outcome.is);
}

/** The device or the vault says nothing yet, and it costs no look to ask again. */
export function isRunning(outcome: unknown): boolean {
  return outcome instanceof ExecutorError && outcome.retryAfterMs !== null;
}

/** A lead signs the next retry of a step for the target; `retry`: so many were signed before. */
export async function signRetry(one: OneTarget, step: Id<'step'>, retry: number): Promise<void> {
  await one.say('lara', (said) => ({
    ...said,
    verb: 'resolve',
    launch: one.launch,
    step,
    choice: 'retry',
    retry,
    targets: [one.target.id],
  }));
}
