import { condition, defineSignal, getExternalWorkflowHandle, setHandler } from '@temporalio/workflow';
import type { PageRef, Planned, ShardView } from '../lib/model/incident.js';
import type { Id } from '../lib/model/json.js';
import type { IndexRow } from '../lib/model/plan.js';
import { isRefused } from '../lib/model/refused.js';
import type { TargetState, Verdict } from '../lib/model/verdict.js';
import type { Ended, ShardInput } from '../lib/model/work.js';
import { groupStates } from './groups.js';
import { shardQuery } from './messages.js';
import { zoneActivities } from './proxies.js';
import { runTarget } from './target.js';

/** A target of this shard parked. Names incident and sender, and the sequence tells a repeated signal from a second one. */
export interface FailureSignal {
  readonly incident: Id<'incident'>;
  readonly shard: number;
  readonly sequence: number;
}
export const failureSignal = defineSignal<[FailureSignal]>('failure');

/** Start no further targets; those that have begun are finished. */
export interface StopSignal {
  readonly incident: Id<'incident'>;
  readonly reason: 'max-failures' | 'cancelled';
}
export const stopSignal = defineSignal<[StopSignal]>('stop');

/** How many targets of one shard are worked on at a time. */
const WINDOW = 20;

/** Runs the activities of at most a few hundred targets of one zone inline, in a window. */
export async function shard(input: ShardInput): Promise<Ended> {
  const states = new Map<Id<'target'>, TargetState>(input.targets.map((target) => [target, { at: 'waiting' }]));
  const planned: Planned[] = [];
  let stopped: StopSignal['reason'] | null = null;
  let failures = 0;

  setHandler(shardQuery, (): ShardView => ({
    zone: input.zone,
    shard: input.shard,
    targets: [...states].map(([target, state]) => ({ target, state })),
  }));
  setHandler(stopSignal, (signal) => {
    if (!isRefused(signal) && signal.incident === input.case.incident) stopped ??= signal.reason;
  });

  const rows = await readRows(input);
  await inWindow(input.targets, WINDOW, async (target) => {
    if (stopped !== null) {
      states.set(target, { at: 'settled', verdict: notStarted(stopped) });
      return;
    }
    states.set(target, { at: 'running', operation: null });
    const end = await runTarget(input, target, rows.get(target) ?? null, (operation) => states.set(target, { at: 'running', operation }));
    states.set(target, end.state);
    if (end.planned !== null) planned.push(end.planned);
    if (end.state.at === 'parked') await tellSweep(input, ++failures);
  });

  const pages = await writePages(input, planned);
  return { ...groupStates(states), pages, findings: planned.reduce((sum, { findings }) => sum + findings, 0) };
}

async function readRows(input: ShardInput): Promise<ReadonlyMap<string, IndexRow>> {
  if (input.page === null) return new Map();
  const { rows } = await zoneActivities(input.zone).quick.readPage({ case: input.case, page: input.page.page });
  return new Map(rows.map((row) => [row.subject.kind === 'bmc' ? row.subject.target : row.subject.name, row]));
}

async function writePages(input: ShardInput, planned: readonly Planned[]): Promise<readonly PageRef[]> {
  if (planned.length === 0) return [];
  const inOrder = [...planned].sort((a, b) => (a.row.plan < b.row.plan ? -1 : 1));
  return zoneActivities(input.zone).quick.writePages({
    case: input.case,
    zone: input.zone,
    shard: input.shard,
    step: input.step,
    planned: inOrder,
  });
}

async function tellSweep(input: ShardInput, sequence: number): Promise<void> {
  await getExternalWorkflowHandle(input.sweep).signal(failureSignal, { incident: input.case.incident, shard: input.shard, sequence });
}

async function inWindow<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  let active = 0;
  const running: Promise<void>[] = [];
  for (const item of items) {
    await condition(() => active < width);
    active++;
    running.push(
      work(item).finally(() => {
        active--;
      }),
    );
  }
  await Promise.all(running);
}

function notStarted(by: StopSignal['reason']): Verdict {
  return { is: 'not-started', by };
}
