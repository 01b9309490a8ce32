import { ActivityFailure, Client, TimeoutFailure, WorkflowFailedError, type Connection } from '@temporalio/client';
import { TimeoutType } from '@temporalio/common';
import type { DataConverter } from '@temporalio/common';
import { randomUUID } from 'node:crypto';
import { readAnswer, unanswered } from '../lib/isolation/remote.js';
import type { Answer } from '../lib/isolation/ask.js';
import type { AskVantage } from '../lib/isolation/probe.js';
import type { Id } from '../lib/model/json.js';
import { CONTROL_QUEUE, WORKFLOWS, type VantageInput } from '../workflows/messages.js';

/** Longer than the activity's own limit, so that the engine says what was late. */
const GRACE_MS = 5_000;

/** Asks workers at vantage points of a zone, each by a workflow of one activity that the engine ends at its limit, whoever is there. */
export function askVantages(
  zone: Id<'zone'>,
  { connection, ...options }: { readonly connection: Connection; readonly namespace: string; readonly dataConverter: DataConverter },
): AskVantage {
  const client = new Client({ connection, ...options });
  return async (vantage, question, { limitMs, signal }) => {
    const input: VantageInput = { zone, vantage, question, limitMs, nonce: randomUUID() };
    try {
      const answer = await connection.withAbortSignal(signal, async () => {
        const handle = await client.workflow.start<(input: VantageInput) => Promise<unknown>>(WORKFLOWS.vantage, {
          workflowId: `vantage/${zone}/${vantage}/${input.nonce}`,
          taskQueue: CONTROL_QUEUE,
          args: [input],
          workflowExecutionTimeout: limitMs + GRACE_MS,
        });
        return handle.result();
      });
      return readAnswer(answer, input.nonce);
    } catch (error) {
      return whyNot(error, `cofferdam-worker vantage ${zone} ${vantage}`, signal);
    }
  };
}

/** Whatever went wrong, nobody has tried anything as far as we know. */
function whyNot(error: unknown, command: string, signal: AbortSignal): Answer {
  if (signal.aborted) return unanswered('aborted', 'it was no longer wanted');
  const failure = error instanceof WorkflowFailedError ? error.cause : error;
  const cause = failure instanceof ActivityFailure ? failure.cause : failure;
  if (cause instanceof TimeoutFailure && cause.timeoutType === TimeoutType.SCHEDULE_TO_START)
    return unanswered('missing', `no worker stands there; start one there with: ${command}`);
  if (cause instanceof TimeoutFailure) return unanswered('late', 'its worker did not answer in time');
  return unanswered('failed', cause instanceof Error ? cause.message : String(cause));
}
