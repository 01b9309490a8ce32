import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { Id } from '../lib/model/json.js';
import { zoneQueue } from './messages.js';

/**
 * The activities of one zone, by how long they may take. Retries are the server's: an error that no retry can mend comes back
 * non-retryable from the activity, which knows; a zone without a worker waits in the queue for as long as it takes.
 */
export function zoneActivities(zone: Id<'zone'>): {
  steady: Activities;
  quick: Activities;
  reading: Activities;
  slices: Activities;
  acting: Activities;
} {
  const taskQueue = zoneQueue(zone);
  const retry = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '10s' } as const;
  return {
    // Without these the case itself cannot go on: a full disk is waited out, and `incident show` says that it waits.
    steady: proxyActivities<Activities>({ taskQueue, startToCloseTimeout: '5m', heartbeatTimeout: '15s', retry }),
    quick: proxyActivities<Activities>({
      taskQueue,
      startToCloseTimeout: '2m',
      heartbeatTimeout: '15s',
      retry: { ...retry, maximumAttempts: 5 },
    }),
    reading: proxyActivities<Activities>({
      taskQueue,
      startToCloseTimeout: '20m',
      heartbeatTimeout: '10s',
      retry: { ...retry, maximumAttempts: 4 },
    }),
    // Each slice of a capture ends in a retryable failure, so that hours of reading cost the history one activity; stalled captures
    // are told by the activity itself.
    slices: proxyActivities<Activities>({
      taskQueue,
      scheduleToCloseTimeout: '12h',
      startToCloseTimeout: '10m',
      heartbeatTimeout: '10s',
      retry,
    }),
    // The executor counts its own tries on disk; the cap only stops a loop that it did not foresee. A dump of an hour costs about a hundred
    // looks, and fetching one may take most of one try.
    acting: proxyActivities<Activities>({
      taskQueue,
      startToCloseTimeout: '45m',
      heartbeatTimeout: '10s',
      retry: { ...retry, maximumAttempts: 300 },
    }),
  };
}
