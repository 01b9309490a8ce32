import {
  ApplicationFailure,
  isGrpcCancelledError,
  isGrpcDeadlineError,
  isGrpcServiceError,
  ServiceError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { CliError } from '../error.js';

const UNAVAILABLE = 14;

/** Whether the engine's protocol answered with this status. */
export function hasCode(error: unknown, wanted: number): boolean {
  const code: number | null = isGrpcServiceError(error) ? error.code : null;
  return code === wanted;
}

/** What the engine's client throws, told as an error of ours. */
export async function explained<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    if (cause instanceof WorkflowNotFoundError)
      throw new CliError('NOT_FOUND', `the engine knows no ${cause.workflowId}`, {
        fix: 'check the id with: cofferdam incident list',
        cause,
      });
    const grpc = cause instanceof ServiceError ? cause.cause : cause;
    if (isGrpcCancelledError(cause) || isGrpcCancelledError(grpc))
      throw new CliError('INTERRUPTED', 'interrupted; what the engine was asked for goes on', { cause });
    if (isGrpcDeadlineError(cause) || isGrpcDeadlineError(grpc) || hasCode(grpc, UNAVAILABLE))
      throw new CliError('ENGINE_UNREACHABLE', 'the engine does not answer', {
        fix: 'try again; look at it with: cofferdam engine status',
        cause,
      });
    if (isGrpcServiceError(grpc))
      throw new CliError('ENGINE_FAILED', 'the engine refused the request', {
        why: grpc.details,
        fix: 'check namespace and search attributes with: cofferdam engine status',
        cause,
      });
    throw cause;
  }
}

/** The innermost failure that somebody gave a type, or null. */
export function failureOf(error: unknown): { readonly type: string; readonly message: string } | null {
  const inner = error instanceof Error ? failureOf(error.cause) : null;
  if (inner !== null) return inner;
  return error instanceof ApplicationFailure && typeof error.type === 'string' ? { type: error.type, message: error.message } : null;
}
