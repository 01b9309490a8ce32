import { Context } from '@temporalio/activity';
import { failureOf } from './failures.js';

/** What an activity knows of the attempt it is in. */
export interface Run {
  /** Fires when the attempt is no longer wanted: cancelled, timed out, or the worker shuts down. */
  readonly signal: AbortSignal;
  /** When the engine scheduled the activity, milliseconds since 1970: one of the clocks against which expiry is judged. */
  readonly scheduledAt: number;
  readonly attempt: number;
}

const HEARTBEAT_MS = 3_000;

/** Makes an activity of a function: it beats while it runs, and its errors become failures that say whether a retry can mend them. */
export function activity<Input, Output>(work: (input: Input, run: Run) => Promise<Output>): (input: Input) => Promise<Output> {
  return async (input) => {
    const context = Context.current();
    const beat = setInterval(() => {
      context.heartbeat();
    }, HEARTBEAT_MS);
    try {
      return await work(input, {
        signal: context.cancellationSignal,
        scheduledAt: context.info.scheduledTimestampMs,
        attempt: context.info.attempt,
      });
    } catch (error) {
      throw failureOf(error, context.info.attempt);
    } finally {
      clearInterval(beat);
    }
  };
}
