import { ActivityFailure, condition, proxyActivities, sleep, TimeoutFailure } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { Id } from '../lib/model/json.js';
import { zoneQueue } from './messages.js';
import type { Notices } from './notices.js';

/** Milliseconds: between two looks, at first and at most, and how long a look waits in the zone's queue. */
export interface Pace {
  readonly first: number;
  readonly longest: number;
  readonly patience: number;
}

const PACE: Pace = { first: 300_000, longest: 900_000, patience: 300_000 };

/**
 * While there is work, looks from time to time whether somebody takes up that of each zone, and tells once when nobody did for so long. The engine
 * shows a workflow no pollers; so the look is an activity that does nothing, and the claim is no more than what it shows. Never returns.
 */
export function watchWorkers(zones: readonly Id<'zone'>[], notices: Notices, busy: () => boolean, pace = PACE): void {
  for (const zone of zones) void watch(zone, notices, busy, pace);
}

async function watch(zone: Id<'zone'>, notices: Notices, busy: () => boolean, { first, longest, patience }: Pace): Promise<never> {
  for (let pause = first; ; pause = Math.min(pause * 2, longest)) {
    await sleep(pause);
    await condition(busy);
    if (await takesUp(zone, patience)) continue;
    notices.tell('no-worker', { zone });
    // Without a limit, for as long as it takes: whoever comes back takes this up, and only then is there something new to look for.
    await takesUp(zone, null);
    pause = first;
  }
}

async function takesUp(zone: Id<'zone'>, patience: number | null): Promise<boolean> {
  const { takeUp } = proxyActivities<Activities>({
    taskQueue: zoneQueue(zone),
    startToCloseTimeout: '1m',
    retry: { maximumAttempts: 1 },
    ...(patience === null ? {} : { scheduleToStartTimeout: patience }),
  });
  try {
    await takeUp({});
    return true;
  } catch (error) {
    const cause = error instanceof ActivityFailure ? error.cause : null;
    return !(cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_START');
  }
}
