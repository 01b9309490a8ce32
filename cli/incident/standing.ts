import type { IncidentView } from '../../lib/model/incident.js';
import type { Id } from '../../lib/model/json.js';
import type { Desk, Opened, Queue } from '../desk.js';
import { EXIT, type ExitCode } from '../error.js';

/** All that the desk knows of one incident at one moment. */
export interface Standing {
  readonly incident: Id<'incident'>;
  readonly opened: Opened;
  /** Null when no worker answers. */
  readonly view: IncidentView | null;
  readonly workers: readonly { readonly queue: Queue; readonly lastPoll: string | null }[];
}

// A worker polls at least once a minute; the engine forgets pollers after five.
const SILENT_MS = 150_000;

export async function standingOf(desk: Desk, incident: Id<'incident'>, now: number): Promise<Standing> {
  const opened = await desk.opened(incident);
  const queues: readonly Queue[] = opened.ended
    ? []
    : [{ kind: 'control' as const }, ...opened.input.zones.map(({ zone }) => ({ kind: 'zone' as const, zone }))];
  const workers = await Promise.all(queues.map((queue) => lastPollOf(desk, queue, now)));
  const silent = workers.some(({ queue, lastPoll }) => queue.kind === 'control' && lastPoll === null);
  // Nobody would answer, and the engine would let us wait for it.
  return { incident, opened, view: silent ? null : await desk.view(incident), workers };
}

async function lastPollOf(desk: Desk, queue: Queue, now: number): Promise<Standing['workers'][number]> {
  const [newest] = await desk.lastPolls(queue);
  const polls = newest !== undefined && now - newest < SILENT_MS;
  return { queue, lastPoll: polls ? new Date(newest).toISOString() : null };
}

/** Null while the incident goes on; 0 when it ended and everything was done, else 1: refused, cancelled, with exceptions, or ended from outside. */
export function endOf({ opened, view }: Standing): ExitCode | null {
  if (!opened.ended && view?.state !== 'ended') return null;
  return view?.outcome === 'done' ? EXIT.done : EXIT.failed;
}
