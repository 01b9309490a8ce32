import {
  isGrpcCancelledError,
  isGrpcDeadlineError,
  QueryNotRegisteredError,
  ServiceError,
  WorkflowNotFoundError,
  type WorkflowHandle,
} from '@temporalio/client';
import type { IncidentView, ShardView } from '../../lib/model/incident.js';
import type { Id } from '../../lib/model/json.js';
import { CONTROL_QUEUE, incidentQuery, incidentWorkflowId, shardQuery, shardsQuery, zoneQueue } from '../../workflows/messages.js';
import type { Queue } from '../desk.js';
import { authentic } from './authentic.js';
import { hasCode } from './failures.js';
import type { Link } from './link.js';

const QUERY_MS = 5_000;

/** Of an ended incident its result, which needs no worker; of a running one the answer to a query. */
export async function view(link: Link, incident: Id<'incident'>): Promise<IncidentView | null> {
  const handle = link.client.workflow.getHandle<() => Promise<IncidentView>>(incidentWorkflowId(incident));
  const { status } = await handle.describe();
  if (status.name === 'COMPLETED') return authentic(await handle.result());
  return asked(link, () => handle.query(incidentQuery));
}

/** Null when no worker answers, or when the sweep has ended meanwhile. */
export function shards(link: Link, sweep: string): Promise<readonly string[] | null> {
  return ofChild(link, sweep, (handle) => handle.query(shardsQuery));
}

export function shard(link: Link, workflowId: string): Promise<ShardView | null> {
  return ofChild(link, workflowId, (handle) => handle.query(shardQuery));
}

async function ofChild<T>(link: Link, workflowId: string, ask: (handle: WorkflowHandle) => Promise<T>): Promise<T | null> {
  try {
    return await asked(link, () => ask(link.client.workflow.getHandle(workflowId)));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** Bounds a query: without a worker the engine would hold it for half a minute. */
async function asked<T>(link: Link, ask: () => Promise<T>): Promise<T | null> {
  try {
    return authentic(await link.connection.withDeadline(Date.now() + QUERY_MS, ask));
  } catch (error) {
    if (error instanceof QueryNotRegisteredError || noWorker(error)) return null;
    throw error;
  }
}

const FAILED_PRECONDITION = 9;

function noWorker(error: unknown): boolean {
  const grpc = error instanceof ServiceError ? error.cause : error;
  if (isGrpcDeadlineError(error) || isGrpcDeadlineError(grpc)) return true;
  // The engine ends what passed our deadline, and its word may come before our own clock's. Ctrl-C does not reach a query.
  if (isGrpcCancelledError(error) || isGrpcCancelledError(grpc)) return true;
  // "no poller seen for task queue recently": the engine knows before our deadline.
  return hasCode(grpc, FAILED_PRECONDITION);
}

/** Numbers of the engine's protocol for the kind of tasks a queue holds. */
const TASKS = { control: 1, zone: 2 } as const;

export async function lastPolls(link: Link, queue: Queue): Promise<readonly number[]> {
  const name = queue.kind === 'control' ? CONTROL_QUEUE : zoneQueue(queue.zone);
  const request = { namespace: link.namespace, taskQueue: { name }, ...Object.fromEntries([['taskQueueType', TASKS[queue.kind]]]) };
  const { pollers } = await link.client.workflowService.describeTaskQueue(request);
  return pollers.map(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000).sort((a, b) => b - a);
}
