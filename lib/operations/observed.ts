import type { Order } from '../model/operation.js';
import { burnsSecrets } from '../redfish/errors.js';
import type { Claims } from '../store/claims.js';
import type { Look, Settled } from './bench.js';
import { ExecutorError } from './error.js';
import { reasonOf } from './explain.js';

/** Looks at the device before a person is asked. With the engine's pauses of up to 10 s between them: one to two minutes. */
export const LOOKS = 10;

/** How long to leave a BMC alone that works on what was sent: a quarter of the time so far, so that minutes cost few logins. */
const PAUSE = { leastMs: 1_000, mostMs: 60_000, part: 4 };

export interface Observation {
  readonly order: Order;
  readonly claims: Claims;
  readonly now: () => number;
}

/**
 * One look after the claim, counted on disk before it is taken. Not settled yet: UNSETTLED, until the budget is spent; then `failed` when the
 * BMC had agreed and does not show it, `unknown` when nobody can tell. What the BMC visibly works on costs no look and is bounded by the
 * operation's own limit. A login that was refused is not tried again: it costs a secret.
 */
export async function observed(observation: Observation, look: () => Promise<Look>): Promise<Settled> {
  const { order, claims } = observation;
  const looks = (await claims.tries(order, null)).observed + 1;
  await claims.note(order, null, { observed: looks });
  const { seen, cause } = await look().then(
    (found) => ({ seen: found, cause: null }),
    (error: unknown) => ({ seen: UNSEEN, cause: error }),
  );
  if (seen.is === 'waits') {
    await claims.note(order, null, { observed: 0 });
    throw new ExecutorError('UNSETTLED', 'AWAITS_PERSON', seen.why, { final: true, order: seen.order });
  }
  if (seen.is === 'running') return goesOn(observation, seen.progress);
  if (seen.is !== 'unsettled') return seen;
  const reason = cause === null ? 'NOT_SETTLED' : reasonOf(cause);
  if (burnsSecrets(reason) || reason === 'SECRET_BURNED') return { is: 'unknown', code: reason };
  // A BMC that has just started may say for a while that it is nobody.
  if (looks >= LOOKS && reason === 'WRONG_DEVICE') return { is: 'unknown', code: reason };
  if (looks >= LOOKS)
    return seen.shown && seen.acknowledged ? { is: 'failed', code: seen.code ?? 'NOT_APPLIED' } : { is: 'unknown', code: 'NOT_OBSERVED' };
  const why = cause instanceof Error ? cause.message : 'the device does not show it yet';
  throw new ExecutorError('UNSETTLED', reason, `look ${String(looks)} of ${String(LOOKS)} after the claim: ${why}`, {
    final: false,
    cause,
  });
}

async function goesOn({ order, claims, now }: Observation, progress: string): Promise<Settled> {
  const claim = await claims.find(order, null);
  const elapsed = claim === null ? Infinity : Math.max(0, now() - Date.parse(claim.at));
  if (claim === null || elapsed >= claim.limitMs) return { is: 'unknown', code: 'NEVER_ENDED' };
  // Progress: the looks begin anew.
  await claims.note(order, null, { observed: 0 });
  throw new ExecutorError('UNSETTLED', 'NOT_SETTLED', progress, {
    final: false,
    retryAfterMs: Math.min(PAUSE.mostMs, Math.max(PAUSE.leastMs, elapsed / PAUSE.part)),
  });
}

const UNSEEN: Look = { is: 'unsettled', shown: false, acknowledged: false };
