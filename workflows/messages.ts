import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { GateView, IncidentView, ShardView } from '../lib/model/incident.js';
import type { Digest, Id } from '../lib/model/json.js';
import type { Frozen } from '../lib/model/lease.js';
import type { EndpointRef } from '../lib/model/notice.js';
import type { SignedStatement } from '../lib/model/statement.js';

/** Task queue of the workers that run workflows; zone workers run activities only. */
export const CONTROL_QUEUE = 'cofferdam.control';

export function zoneQueue(zone: Id<'zone'>): string {
  return `cofferdam.zone.${zone}`;
}

/** Task queue of the worker at a vantage point, which runs one activity and nothing else. */
export function vantageQueue(zone: Id<'zone'>, vantage: Id<'vantage'>): string {
  return `cofferdam.vantage.${zone}.${vantage}`;
}

export function incidentWorkflowId(incident: string): string {
  return `incident/${incident}`;
}

/** What `incident open` starts: the signed launch and where its targets live. Each zone checks the second against its own site. */
export interface IncidentInput {
  readonly incident: Id<'incident'>;
  readonly launch: SignedStatement;
  readonly zones: readonly { readonly zone: Id<'zone'>; readonly targets: readonly Id<'target'>[] }[];
}

/** What a schedule of the engine starts at each of its times, and what `enlist` asks the zones about. */
export interface ScheduledInput extends IncidentInput {
  /** Here `incident` is the schedule's id; its occurrences are named after it and the day. */
  readonly digest: Digest<'statement'>;
  /** Whom to tell when an occurrence is refused, which has no snapshot to ask. */
  readonly notifications: readonly EndpointRef[];
}

/** What became of one time of a schedule; `ran-before`: an incident of this name is there already, and nothing was started twice. */
export interface Occurred {
  readonly incident: Id<'incident'>;
  readonly outcome: NonNullable<IncidentView['outcome']> | 'ran-before';
}

/** Id of the engine's schedule, and, with the time behind it, of the workflows that it starts. */
export function scheduleId(schedule: string): string {
  return `schedule/${schedule}`;
}

export interface Delivered {
  readonly statement: Digest<'statement'>;
  /** The gate that the statement was about, after it was counted. */
  readonly gate: GateView | null;
}

/** Takes any signed statement. Update id: the statement's digest. Refusals are ApplicationFailures whose type is a code of `lib/model/refusals.ts`. */
export const statementUpdate = defineUpdate<Delivered, [SignedStatement]>('statement');
export const incidentQuery = defineQuery<IncidentView>('incident');
export const shardsQuery = defineQuery<readonly string[]>('shards');
export const shardQuery = defineQuery<ShardView>('shard');

/** Input of the `read` workflow: one piece of a stored object of one zone, at most 48 kB, re-hashed by the desk. */
export interface ReadInput {
  readonly zone: Id<'zone'>;
  readonly incident: Id<'incident'>;
  readonly digest: string;
  readonly offset: number;
}

export interface ReadPiece {
  readonly base64: string;
  readonly total: number;
}

export interface InspectInput {
  readonly zone: Id<'zone'>;
  readonly target: Id<'target'>;
}

export interface EnrollInput extends InspectInput {
  /** The key that a person has compared on a trusted path; null: nobody has, and no secret is sent. */
  readonly pin: Digest<'spki'> | null;
}

/** Input of the `freeze` workflow: one target, or a page of all that are frozen in this zone. */
export interface FreezeInput {
  readonly zone: Id<'zone'>;
  readonly target: Id<'target'> | null;
  /** For a page: the last target of the page before. */
  readonly after: Id<'target'> | null;
}

export interface FreezeAnswer {
  /** By target; empty when the one that was asked for is known and not frozen. */
  readonly frozen: readonly Frozen[];
  readonly more: boolean;
}

/** Input of the `vantage` workflow: a question as `cofferdam-probe` takes it, for the worker that stands at a vantage point. */
export interface VantageInput {
  readonly zone: Id<'zone'>;
  readonly vantage: Id<'vantage'>;
  readonly question: string;
  readonly limitMs: number;
  /** The answer must bring it back: an earlier one that is sealed as well says nothing of now. */
  readonly nonce: string;
}

/** How its run of `cofferdam-probe` ended. Whoever holds the codec key may have written it. */
export interface VantageAnswer {
  readonly stdout: string;
  readonly stderr: string;
  readonly ended: string;
  readonly why: string;
  readonly nonce: string;
}

/** Names of the workflow types, since the desk starts them by name and never imports their code. */
export const WORKFLOWS = {
  incident: 'incident',
  read: 'read',
  inspect: 'inspect',
  enroll: 'enroll',
  freeze: 'freeze',
  vantage: 'vantage',
  enlist: 'enlist',
  scheduled: 'scheduled',
} as const;
