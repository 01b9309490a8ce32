import { ActivityFailure, ApplicationFailure, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { NotifyInput, Told } from '../lib/model/notice.js';
import { zoneQueue } from './messages.js';

/**
 * Tells one endpoint of one notice, for as long as it takes within a day. A workflow of its own, which the incident starts and leaves: a dead endpoint
 * delays nothing.
 */
export async function notify(input: NotifyInput): Promise<Told> {
  const zone = proxyActivities<Activities>({
    taskQueue: zoneQueue(input.case.home),
    scheduleToCloseTimeout: '24h',
    startToCloseTimeout: '2m',
    heartbeatTimeout: '15s',
    retry: { initialInterval: '2s', backoffCoefficient: 2, maximumInterval: '5m' },
  });
  try {
    await zone.notify(input);
    return { is: 'delivered' };
  } catch (error) {
    return { is: 'undelivered', code: codeOf(error) };
  }
}

function codeOf(error: unknown): string {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  // Out of time: what the last try met is of no use, since it may be a day old.
  return cause instanceof ApplicationFailure && cause.nonRetryable ? (cause.type ?? 'UNKNOWN') : 'GAVE_UP';
}
