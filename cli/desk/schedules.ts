import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  TimeoutFailure,
  WorkflowFailedError,
  type ScheduleDescription,
  type ScheduleOptions,
  type ScheduleUpdateOptions,
} from '@temporalio/client';
import { z } from 'zod';
import { isId, time, type Id } from '../../lib/model/json.js';
import { CATCH_UP_MS, occurrenceId, type Repeats } from '../../lib/model/occurrence.js';
import { readStatement } from '../../lib/model/read-statement.js';
import { isRefused } from '../../lib/model/refused.js';
import { CONTROL_QUEUE, scheduleId, WORKFLOWS, type ScheduledInput } from '../../workflows/messages.js';
import type { RepeatingLaunch, ScheduleChange, ScheduleSummary } from '../desk.js';
import { CliError } from '../error.js';
import { refusedStatement } from '../refusal.js';
import { notAuthentic } from './authentic.js';
import { failureOf } from './failures.js';
import { standing } from './incidents.js';
import type { Link } from './link.js';
import { ask } from './read.js';

export async function enlist(link: Link, input: ScheduledInput): Promise<void> {
  try {
    await ask<null>(link, WORKFLOWS.enlist, input, '30s');
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    if (error.cause instanceof TimeoutFailure)
      throw new CliError('NO_WORKER', 'not every zone’s worker checked the launch in time; nothing was scheduled', {
        fix: 'start them with: cofferdam-worker --site DIR (and one with --control)',
        cause: error,
      });
    const failure = failureOf(error);
    throw failure === null ? error : refusedStatement(failure.type, failure.message, input.incident);
  }
}

/** Its times are those of the signed grid; the workers compare, since the engine may be made to start anything at any time. */
export async function schedule(
  link: Link,
  input: ScheduledInput,
  { repeats }: RepeatingLaunch,
  { replace }: { readonly replace: boolean },
): Promise<void> {
  const id = scheduleId(input.incident);
  const made = { ...timesOf(repeats), action: actionOf(input) };
  try {
    await link.client.schedule.create({ scheduleId: id, ...made });
  } catch (cause) {
    if (!(cause instanceof ScheduleAlreadyRunning)) throw cause;
    if (!replace)
      throw new CliError('CONFLICT', `there is a schedule ${input.incident} already`, {
        fix: 'give --replace to put this launch in its place, or choose another id',
        see: 'cofferdam schedule list',
        cause,
      });
    await link.client.schedule.getHandle(id).update(({ state }): ScheduleUpdateOptions => ({ ...made, state }));
  }
}

const DAY_MS = 86_400_000;
/** What the workers allow, less the time that they may need to look. */
const ENGINE_CATCH_UP_MS = CATCH_UP_MS - 3_600_000;

function timesOf({ everyDays, from, until }: Repeats): Pick<ScheduleOptions, 'spec' | 'policies'> {
  const every = everyDays * DAY_MS;
  return {
    spec: { intervals: [{ every, offset: Date.parse(from) % every }], startAt: new Date(from), endAt: new Date(until) },
    policies: { overlap: 'SKIP', catchupWindow: ENGINE_CATCH_UP_MS },
  };
}

function actionOf(input: ScheduledInput): ScheduleOptions['action'] {
  return {
    type: 'startWorkflow',
    workflowType: WORKFLOWS.scheduled,
    workflowId: scheduleId(input.incident),
    taskQueue: CONTROL_QUEUE,
    args: [input],
    workflowTaskTimeout: '5s',
  };
}

export async function schedules(link: Link): Promise<readonly ScheduleSummary[]> {
  const found: ScheduleSummary[] = [];
  for await (const { scheduleId: engineId } of link.client.schedule.list()) {
    const id = engineId.slice(scheduleId('').length);
    if (engineId !== scheduleId(id) || !isId<'incident'>(id)) continue;
    const described = await link.client.schedule.getHandle(engineId).describe().catch(gone);
    if (described !== null) found.push(await summary(link, id, described));
  }
  return found.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Removed since it was listed. */
function gone(error: unknown): null {
  if (error instanceof ScheduleNotFoundError) return null;
  throw error;
}

async function summary(link: Link, id: Id<'incident'>, { action, state, info }: ScheduleDescription): Promise<ScheduleSummary> {
  const [next] = info.nextActionTimes;
  const last = info.recentActions.toSorted((a, b) => a.takenAt.getTime() - b.takenAt.getTime()).at(-1);
  const incident = last === undefined ? null : occurrenceId(id, last.scheduledAt.getTime());
  return {
    id,
    launch: launchOf(id, action.args),
    paused: state.paused,
    next: next === undefined ? null : time(next.getTime()),
    skipped: info.numActionsSkippedOverlap + info.numActionsMissedCatchupWindow,
    last: incident === null ? null : { incident, standing: await standing(link, incident) },
  };
}

const INPUT = z.object({ launch: z.object({ text: z.string() }) });

function launchOf(id: string, args: unknown): RepeatingLaunch {
  const first: unknown = Array.isArray(args) ? args[0] : null;
  if (isRefused(first)) throw notAuthentic(first);
  const input = INPUT.safeParse(first);
  const read = input.success ? readStatement(input.data.launch.text) : null;
  if (read !== null && !('refusal' in read) && read.statement.verb === 'launch' && read.statement.repeats !== undefined)
    return { ...read.statement, repeats: read.statement.repeats };
  throw new CliError('ENGINE_FAILED', `the launch of the schedule ${id} cannot be read`, {
    why: read !== null && 'refusal' in read ? read.why : 'it is none that repeats',
    fix: `remove it with: cofferdam schedule remove ${id}`,
  });
}

export async function changeSchedule(link: Link, id: Id<'incident'>, change: ScheduleChange): Promise<void> {
  const handle = link.client.schedule.getHandle(scheduleId(id));
  const note = `${change}d at a desk`;
  try {
    if (change === 'remove') await handle.delete();
    else if (change === 'pause') await handle.pause(note);
    else await handle.unpause(note);
  } catch (cause) {
    if (!(cause instanceof ScheduleNotFoundError)) throw cause;
    throw new CliError('NOT_FOUND', `there is no schedule ${id}`, { fix: 'see those that there are with: cofferdam schedule list', cause });
  }
}
