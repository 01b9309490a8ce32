import type { Digest, Id, Time } from '../model/json.js';
import { mayComplete } from '../model/quorum.js';
import { said, type SaidDeps } from './said.js';

/** One valid `complete` statement of an order, by somebody whose word counts for it. */
export interface Completion {
  readonly captures: readonly Digest<'capture'>[];
  readonly storedAt: Time;
}

/** Which order is completed, under which gate, and whether it takes something back. */
export interface Completed {
  readonly order: Digest<'claim'>;
  readonly gate: Id<'gate'>;
  readonly isUndo: boolean;
}

/** A second one mends a first that named the wrong captures. */
export async function completionsOf(deps: SaidDeps, completed: Completed): Promise<readonly Completion[]> {
  return (await said(deps, ['complete'])).flatMap(({ statement, person, requester, keyring, storedAt }) => {
    if (statement.verb !== 'complete' || !statement.orders.includes(completed.order)) return [];
    return mayComplete(keyring, requester, person, completed) ? [{ captures: statement.captures, storedAt }] : [];
  });
}
