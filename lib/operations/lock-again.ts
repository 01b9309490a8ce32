import type { Send } from '../model/operation.js';
import { claim, sendOnce, type Bench, type Look } from './bench.js';
import { observeRequest } from './redfish.js';

/** Under its own claim, so that this too is sent once, whatever happens to us. */
const AGAIN = 'again';

/** That show the lock open. A BMC that has only not got to it has had some seconds. */
const LOOKS = 3;

/**
 * Looks at a lock that a section sets again. A worker that ended between the claim and the request would leave the BMC open; so what no answer came to is
 * sent once more when it was seen open several times. To set a lock that is set changes nothing: of no other operation could that be said unseen.
 */
export async function observeLock(bench: Bench, { method, uri, body }: Send & { kind: 'redfish' }): Promise<Look> {
  const { claims, order, series, reader } = bench;
  const look = await observeRequest(bench);
  const { observed, answer } = await claims.tries(order, null);
  if (look.is !== 'unsettled' || answer !== null || observed < LOOKS || (await claims.find(order, AGAIN)) !== null) return look;
  const { etag } = await reader('observe').get(uri);
  await series.commit();
  await claim(bench, AGAIN);
  await sendOnce(bench, AGAIN, { method, uri, body, ifMatch: etag });
  return observeRequest(bench);
}
