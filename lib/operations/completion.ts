import type { Digest } from '../model/json.js';
import { maySteer } from '../model/quorum.js';
import { said, type SaidDeps } from './said.js';

/** The captures that people named in valid `complete` statements of this order, all of them; null when nobody has said that it is done. */
export async function completionOf(deps: SaidDeps, order: Digest<'claim'>): Promise<readonly Digest<'capture'>[] | null> {
  const about = (await said(deps, ['complete'])).flatMap(({ statement, person, keyring }) => {
    if (statement.verb !== 'complete' || !statement.orders.includes(order)) return [];
    return maySteer(keyring.policy, keyring.people, person) ? [statement] : [];
  });
  return about.length === 0 ? null : [...new Set(about.flatMap(({ captures }) => captures))];
}
