import { ApplicationFailure, CancelledFailure } from '@temporalio/activity';
import { plain } from '../lib/model/text.js';
import { ExecutorError } from '../lib/operations/error.js';

/**
 * Codes that the next try may not meet again. Everything else with a code is final: it parks its target, and a person decides.
 * Credentials never reach the retry of the engine: LOGIN_REFUSED, LOCKED_OUT and UNAUTHORIZED are final.
 */
const RETRYABLE: ReadonlySet<string> = new Set([
  // lib/redfish, lib/ipmi
  'UNREACHABLE',
  'TIMEOUT',
  'DROPPED',
  'SESSION_LIMIT',
  'BUSY',
  'ABORTED',
  'CLOSED',
  // lib/login: whoever rotates is soon through, or parks
  'SECRET_IN_DOUBT',
  // lib/store
  'LOCKED',
]);

/** The longest text of a failure; the engine cuts what it keeps of one at 4 KiB. */
const MESSAGE_LENGTH = 600;

/** What crosses to the engine of an error: its code as the failure's type, its text, and whether a retry can mend it. No cause, no stack. */
export function failureOf(error: unknown, attempt: number): Error {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  const code = codeOf(error);
  const text = error instanceof Error ? error.message : String(error);
  return ApplicationFailure.create({
    message: `${plain(text, MESSAGE_LENGTH)}${attempt > 1 ? ` (try ${String(attempt)})` : ''}`,
    type: code ?? 'UNEXPECTED',
    nonRetryable: isFinal(error, code),
    ...(error instanceof ExecutorError && error.order !== null ? { details: [error.order] } : {}),
    ...(error instanceof ExecutorError && error.retryAfterMs !== null ? { nextRetryDelay: error.retryAfterMs } : {}),
  });
}

function isFinal(error: unknown, code: string | null): boolean {
  if (error instanceof Error && 'final' in error && error.final === true) return true;
  if (error instanceof ExecutorError) return false;
  // Errors of the system (disk full, no permission) come without a code of ours: they may pass.
  return code !== null && !/^E[A-Z]+$/.test(code) && !RETRYABLE.has(code);
}

function codeOf(error: unknown): string | null {
  // What stood in the way tells a person more than that nothing was attempted.
  if (error instanceof ExecutorError) return error.reason;
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/** A failure that no retry can mend. */
export function final(code: string, message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, code);
}
