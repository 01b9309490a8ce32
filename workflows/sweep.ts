import { executeChild, getExternalWorkflowHandle, ParentClosePolicy, setHandler, workflowInfo } from '@temporalio/workflow';
import type { PageRef } from '../lib/model/incident.js';
import { isRefused } from '../lib/model/refused.js';
import type { Ended, ShardInput, SweepInput } from '../lib/model/work.js';
import { joinEnds } from './groups.js';
import { shardsQuery } from './messages.js';
import { failureSignal, shard, stopSignal, type StopSignal } from './shard.js';

/** Targets in one shard, so that with all retries no history passes 4,000 events and a plan page stays under 48 kB. */
const SHARD_TARGETS = { triage: 250, capture: 250, close: 250, watch: 250, plan: 100 } as const;

/** Cuts its targets into shards, runs them all, and stops them when too many fail. */
export async function sweep(input: SweepInput): Promise<Ended> {
  const { workflowId } = workflowInfo();
  const shards = cut(input, workflowId);
  const ids = shards.map(({ shard: number }) => `${workflowId}/shard-${String(number)}`);
  const seen = new Set<string>();
  let stopped = false;

  const stop = async (reason: StopSignal['reason']): Promise<void> => {
    if (stopped) return;
    stopped = true;
    await Promise.allSettled(ids.map((id) => getExternalWorkflowHandle(id).signal(stopSignal, { incident: input.case.incident, reason })));
  };
  setHandler(shardsQuery, () => ids);
  setHandler(stopSignal, async (signal) => {
    if (!isRefused(signal) && signal.incident === input.case.incident) await stop(signal.reason);
  });
  setHandler(failureSignal, async (signal) => {
    if (isRefused(signal) || signal.incident !== input.case.incident) return;
    seen.add(`${String(signal.shard)}/${String(signal.sequence)}`);
    if (input.maxFailures !== null && seen.size >= input.maxFailures) await stop('max-failures');
  });

  const ends = await Promise.all(
    shards.map((order, n) =>
      executeChild(shard, {
        workflowId: ids[n] ?? `${workflowId}/shard-x`,
        args: [order],
        workflowTaskTimeout: '5s',
        parentClosePolicy: ParentClosePolicy.TERMINATE,
      }),
    ),
  );
  return joinEnds(ends);
}

function cut(input: SweepInput, sweepId: string): readonly ShardInput[] {
  const { zones, pages, maxFailures: _, ...common } = input;
  const orders: Omit<ShardInput, 'shard'>[] = [];
  for (const { zone, targets } of zones) {
    const base = { ...common, sweep: sweepId, zone };
    if (input.mode === 'carry-out' || input.mode === 'release')
      for (const page of ofZone(pages, zone)) orders.push({ ...base, targets: among(page, targets), page });
    else for (const part of parts(targets, SHARD_TARGETS[input.mode])) orders.push({ ...base, targets: part, page: null });
  }
  return orders.filter((order) => order.targets.length > 0).map((order, n) => ({ ...order, shard: n + 1 }));
}

function ofZone(pages: readonly PageRef[], zone: string): readonly PageRef[] {
  return pages.filter((page) => page.zone === zone);
}

function among(page: PageRef, targets: SweepInput['zones'][number]['targets']): SweepInput['zones'][number]['targets'] {
  const wanted = new Set(targets);
  return page.targets.filter((target) => wanted.has(target));
}

function parts<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, n) => items.slice(n * size, (n + 1) * size));
}
