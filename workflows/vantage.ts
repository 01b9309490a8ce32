import { proxyActivities } from '@temporalio/workflow';
import type { VantageActivities } from '../activities/vantage.js';
import { vantageQueue, type VantageAnswer, type VantageInput } from './messages.js';

/** How long a worker may take to notice that there is work. Where none stands nobody notices, and that must be told soon. */
const NOTICE = '5s';

/** Has the worker at a vantage point try paths, once. It fails when none is there or when it is late: whoever asked takes that for `unknown`. */
export async function vantage({ zone, vantage: name, question, limitMs, nonce }: VantageInput): Promise<VantageAnswer> {
  const { runProbe } = proxyActivities<VantageActivities>({
    taskQueue: vantageQueue(zone, name),
    scheduleToStartTimeout: NOTICE,
    scheduleToCloseTimeout: limitMs,
    retry: { maximumAttempts: 1 },
  });
  return runProbe({ question, limitMs, nonce });
}
