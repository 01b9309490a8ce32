import type { Enrolment } from '../lib/model/enrolment.js';
import type { AddedView, IncidentView, ShardView } from '../lib/model/incident.js';
import type { Digest, Id, Json, Time } from '../lib/model/json.js';
import type { Frozen } from '../lib/model/lease.js';
import type { Repeats } from '../lib/model/occurrence.js';
import type { Add, Launch, SignedStatement } from '../lib/model/statement.js';
import type { Delivered, IncidentInput, ScheduledInput } from '../workflows/messages.js';
import type { Base } from './globals.js';

/** What the desk asks the engine. It holds no BMC secret; everything it shows comes from here or from files. */
export interface Desk {
  /** Starts an incident. Throws CONFLICT when one of this id exists; `opened` then tells which. */
  start(input: IncidentInput): Promise<void>;
  list(): Promise<readonly IncidentSummary[]>;
  /** How an incident was opened, as the engine keeps it; needs no worker. Throws NOT_FOUND. */
  opened(incident: Id<'incident'>): Promise<Opened>;
  /** What its workflow says of itself now; null when no worker answers. */
  view(incident: Id<'incident'>): Promise<IncidentView | null>;
  shards(sweep: string): Promise<readonly string[] | null>;
  shard(workflowId: string): Promise<ShardView | null>;
  /** When a worker last asked for work, newest first; empty when nobody does. */
  lastPolls(queue: Queue): Promise<readonly number[]>;
  /** Delivers a signed statement, again under the same update id when no answer comes. Refusals are CliErrors with the refusal's code. */
  deliver(incident: Id<'incident'>, signed: SignedStatement): Promise<Delivered>;
  /** The bytes of a stored object, whatever their digest; null when that zone does not have it. */
  read(zone: Id<'zone'>, incident: Id<'incident'>, digest: Digest<string>): Promise<Uint8Array | null>;
  inspect(zone: Id<'zone'>, target: Id<'target'>): Promise<Json>;
  /** Who answers at a target's address; logs in only to a key that is given, since somebody has compared it. */
  enroll(zone: Id<'zone'>, target: Id<'target'>, pin: Digest<'spki'> | null): Promise<Enrolment>;
  /** What of one zone is frozen: one target, which that zone must know, or null for all. Gives up after `withinMs`. */
  frozen(zone: Id<'zone'>, target: Id<'target'> | null, withinMs: number): Promise<readonly Frozen[]>;
  /** Has the workers of every zone check the launch of a schedule. Refusals are CliErrors with the refusal's code. */
  enlist(input: ScheduledInput): Promise<void>;
  /** Gives a schedule to the engine. Throws CONFLICT when one of this id is there and is not to be replaced. */
  schedule(input: ScheduledInput, launch: RepeatingLaunch, how: { readonly replace: boolean }): Promise<void>;
  schedules(): Promise<readonly ScheduleSummary[]>;
  /** Makes it open less, or as much as was signed; `remove` ends it. Throws NOT_FOUND. */
  changeSchedule(schedule: Id<'incident'>, change: ScheduleChange): Promise<void>;
  close(): Promise<void>;
}

export type Queue = { readonly kind: 'control' } | { readonly kind: 'zone'; readonly zone: Id<'zone'> };

export interface IncidentSummary {
  readonly incident: string;
  /** The engine's word; `state` is the incident's own. */
  readonly status: string;
  readonly state: string | null;
  readonly targets: number | null;
  readonly parked: number | null;
  readonly startedAt: string;
  readonly endedAt: string | null;
}

export type RepeatingLaunch = Launch & { readonly repeats: Repeats };

export type ScheduleChange = 'pause' | 'resume' | 'remove';

export interface ScheduleSummary {
  readonly id: Id<'incident'>;
  /** As read from the text that the engine keeps; its signature is verified by the workers and not here. */
  readonly launch: RepeatingLaunch;
  readonly paused: boolean;
  readonly next: Time | null;
  /** Times at which the occurrence before was still open, or nobody was there to start one. */
  readonly skipped: number;
  /** `standing` is null while the incident has not begun, or when it never did. */
  readonly last: { readonly incident: Id<'incident'>; readonly standing: IncidentSummary | null } | null;
}

export interface Opened {
  readonly input: IncidentInput;
  /** The launch statement as read from its text; its signature is not verified here. */
  readonly launch: Launch;
  readonly digest: Digest<'statement'>;
  /** Statements that asked to take targets in, once they were read; none before. */
  readonly added: readonly AddedStatement[];
  readonly ended: boolean;
}

export interface AddedStatement {
  readonly signed: SignedStatement;
  readonly add: Add;
  readonly digest: Digest<'statement'>;
  /** What the incident says became of it. */
  readonly state: AddedView['state'];
}

/** Connects when it is called and not before, so that commands without a server load no client. */
export function deskOf(base: Base): () => Promise<Desk> {
  return async () => (await import('./desk/connect.js')).connectDesk(base);
}

/** Runs something with a desk and closes it, whatever happens. */
export async function withDesk<T>(open: () => Promise<Desk>, use: (desk: Desk) => Promise<T>): Promise<T> {
  const desk = await open();
  try {
    return await use(desk);
  } finally {
    await desk.close();
  }
}
