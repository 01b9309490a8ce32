import type { Order } from '../model/operation.js';
import { burnsSecrets } from '../redfish/errors.js';
import type { Claims } from '../store/claims.js';
import type { Look, Settled } from './bench.js';
import { ExecutorError } from './error.js';
import { reasonOf } from './explain.js';

/** Looks at the device before a person is asked. With the engine's pauses of up to 10 s between them: one to two minutes. */
const LOOKS = 10;

/**
 * One look after the claim, counted on disk before it is taken. Not settled yet: UNSETTLED, until the budget is spent; then `failed` when the
 * BMC had agreed and does not show it, `unknown` when nobody can tell. A login that was refused is not tried again: it costs a secret.
 */
export async function observed(order: Order, claims: Claims, look: () => Promise<Look>): Promise<Settled> {
  const looks = (await claims.tries(order, null)).observed + 1;
  await claims.note(order, null, { observed: looks });
  const { seen, cause } = await look().then(
    (found) => ({ seen: found, cause: null }),
    (error: unknown) => ({ seen: UNSEEN, cause: error }),
  );
  if (seen.is !== 'unsettled') return seen;
  const reason = cause === null ? 'NOT_SETTLED' : reasonOf(cause);
  if (burnsSecrets(reason) || reason === 'SECRET_BURNED') return { is: 'unknown', code: reason };
  if (looks >= LOOKS)
    return seen.shown && seen.acknowledged ? { is: 'failed', code: 'NOT_APPLIED' } : { is: 'unknown', code: 'NOT_OBSERVED' };
  const why = cause instanceof Error ? cause.message : 'the device does not show it yet';
  throw new ExecutorError('UNSETTLED', reason, `look ${String(looks)} of ${String(LOOKS)} after the claim: ${why}`, {
    final: false,
    cause,
  });
}

const UNSEEN: Look = { is: 'unsettled', shown: false, acknowledged: false };
