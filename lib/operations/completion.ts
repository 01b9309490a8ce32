import type { Digest } from '../model/json.js';
import { maySteer } from '../model/quorum.js';
import { said, type SaidDeps } from './said.js';

/** The captures that each valid `complete` statement of this order names: a second one mends a first that named the wrong ones. */
export async function completionsOf(deps: SaidDeps, order: Digest<'claim'>): Promise<readonly (readonly Digest<'capture'>[])[]> {
  return (await said(deps, ['complete'])).flatMap(({ statement, person, keyring }) => {
    if (statement.verb !== 'complete' || !statement.orders.includes(order)) return [];
    return maySteer(keyring.policy, keyring.people, person) ? [statement.captures] : [];
  });
}
