import type { Order } from '../model/operation.js';
import type { Claims } from '../store/claims.js';

/**
 * Whether an operation was begun, by the first attempt or by a signed retry: what an earlier one did is there to be taken back as much as what the last
 * one did. One whose end is not known counts.
 */
export async function wasBegun(claims: Claims, order: Order): Promise<boolean> {
  for (let retry = order.retry; retry >= 0; retry--) {
    const done = { ...order, retry, release: null };
    const outcome = await claims.outcome(done);
    if (outcome?.is !== 'already' && (outcome !== null || (await claims.find(done, null)) !== null)) return true;
  }
  return false;
}
