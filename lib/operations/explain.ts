import { IpmiError } from '../ipmi/errors.js';
import { RedfishError } from '../redfish/errors.js';
import type { Order } from '../model/operation.js';
import { IntegrationError } from '../integrations/error.js';
import { IsolationError } from '../isolation/error.js';
import { LoginError } from '../login/error.js';
import { StepError } from '../steps/error.js';
import type { Claims } from '../store/claims.js';
import { VaultError } from '../vault/error.js';
import { StoreError } from '../store/error.js';
import { ExecutorError, type Reason } from './error.js';

/** Tries that end before the claim, until a person is asked. */
const TRIES = 3;

/** What waiting may mend; everything else would be met again. */
const PASSING: ReadonlySet<Reason> = new Set<Reason>([
  'UNREACHABLE',
  'TLS_FAILED',
  'TIMEOUT',
  'DROPPED',
  'SESSION_LIMIT',
  'BUSY',
  'LOGIN_FAILED',
  'ABORTED',
  'CLOSED',
  'NOT_JSON',
  'LOCKED',
  'CLOCK_BEHIND',
  'SECRET_IN_DOUBT',
  'ENFORCER_UNREACHABLE',
  'ENFORCER_TIMEOUT',
  'INTEGRATION_UNREACHABLE',
  'INTERNAL',
]);

/** These say nothing about the order: they are not counted as tries of it, and they are written by who does not hold the lock. */
const OUTSIDE: ReadonlySet<Reason> = new Set<Reason>(['LOCKED', 'LOCK_STUCK', 'ABORTED']);

/** Turns whatever ended an attempt into one of its two errors. What happened is not guessed but read: the claim is on disk or it is not. */
export async function explain(error: unknown, order: Order, claims: Claims): Promise<ExecutorError> {
  if (error instanceof ExecutorError && error.code === 'UNSETTLED') return error;
  const reason = reasonOf(error);
  const text = error instanceof Error ? error.message : String(error);
  const claimed = await claims.find(order, null).then(
    (claim) => claim !== null,
    () => 'unreadable' as const,
  );
  if (claimed !== false)
    // Asking again does not move a stopped process: a person must.
    return new ExecutorError('UNSETTLED', reason, `after the claim: ${text}`, {
      final: claimed === 'unreadable' || reason === 'LOCK_STUCK',
      cause: error,
    });
  if (OUTSIDE.has(reason)) return new ExecutorError('NOT_ATTEMPTED', reason, text, { final: reason === 'LOCK_STUCK', cause: error });
  const tries = (await claims.tries(order, null)).notAttempted + 1;
  await claims.note(order, null, { notAttempted: tries });
  // Over IPMI a login that fails and does not say why may have been refused.
  const burns = error instanceof IpmiError && reason === 'LOGIN_FAILED';
  return new ExecutorError('NOT_ATTEMPTED', reason, text, { final: burns || !PASSING.has(reason) || tries >= TRIES, cause: error });
}

export function reasonOf(error: unknown): Reason {
  if (error instanceof ExecutorError) return error.reason;
  if (error instanceof RedfishError || error instanceof StoreError || error instanceof LoginError || error instanceof IsolationError)
    return error.code;
  if (error instanceof VaultError || error instanceof IntegrationError || error instanceof IpmiError) return error.code;
  if (error instanceof StepError) return 'PRECONDITION_FAILED';
  return error instanceof Error && error.name === 'AbortError' ? 'ABORTED' : 'INTERNAL';
}
