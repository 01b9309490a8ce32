import type { PageRef, VerdictGroup } from './incident.js';
import type { Digest, Id, Time } from './json.js';
import type { EndpointRef } from './notice.js';
import type { Runbook } from './runbook.js';
import type { GatePolicy, Person, Policy } from './policy.js';
import type { SignedStatement, Statement } from './statement.js';
import type { TargetState } from './verdict.js';

/** What incident, sweep, shard and activities hand to each other: references and small facts, at most 64 kB. */

export interface OpenInput {
  readonly incident: Id<'incident'>;
  readonly launch: SignedStatement;
  readonly zone: Id<'zone'>;
  /** The zone that keeps the `case` series. */
  readonly home: Id<'zone'>;
  readonly targets: readonly Id<'target'>[];
}

/** What a zone's worker vouches for after it verified the launch and snapshotted its own site directory. */
export interface Opened {
  readonly launch: Digest<'statement'>;
  readonly requester: Id<'person'>;
  readonly reason: string;
  readonly policy: Policy;
  readonly policyDigest: Digest<'policy'>;
  readonly people: readonly Person[];
  readonly runbook: Runbook;
  /** What can cut off which zone. */
  readonly enforcers: readonly EnforcerRef[];
  /** Whom to tell of what; the secrets of how stay in the zone. */
  readonly notifications: readonly EndpointRef[];
}

export interface EnforcerRef {
  readonly zone: Id<'zone'>;
  readonly name: Id<'enforcer'>;
  readonly watchSeconds: number;
}

/** Names a running incident in every order to a worker. */
export interface Case {
  readonly incident: Id<'incident'>;
  readonly launch: Digest<'statement'>;
  /** The zone that keeps the `case` series. */
  readonly home: Id<'zone'>;
}

export interface StoreInput {
  readonly case: Case;
  readonly statement: SignedStatement;
}

export interface Stored {
  readonly digest: Digest<'statement'>;
  readonly statement: Statement;
  /** The signed statement among the zone's objects, for desks that verify it; null where none needs to. */
  readonly signed: Digest<'signed-statement'> | null;
}

/** What a sweep does to each of its targets. */
export type Mode = 'triage' | 'capture' | 'plan' | 'carry-out' | 'watch' | 'release' | 'close';

export interface SweepInput {
  readonly case: Case;
  readonly step: Id<'step'>;
  readonly mode: Mode;
  readonly round: number;
  readonly zones: readonly { readonly zone: Id<'zone'>; readonly targets: readonly Id<'target'>[] }[];
  /** For carry-out: the pages under the approved root; only targets listed in `zones` are touched. */
  readonly pages: readonly PageRef[];
  readonly gate: GateRef | null;
  /** Signed `resolve retry` statements so far, for targets that have any. */
  readonly retries: Readonly<Record<string, number>>;
  readonly maxFailures: number | null;
  /** For mode `release`: the signed statement. */
  readonly release: Digest<'statement'> | null;
}

/** The approved gate under which a carry-out acts. */
export interface GateRef {
  /** `launch` where the launch is authority enough, since the plans only contain. */
  readonly gate: Id<'gate'>;
  readonly round: number;
  readonly root: Digest<'index'>;
}

export interface ShardInput extends Omit<SweepInput, 'zones' | 'pages' | 'maxFailures'> {
  readonly sweep: string;
  readonly shard: number;
  readonly zone: Id<'zone'>;
  readonly targets: readonly Id<'target'>[];
  readonly page: PageRef | null;
}

/** Targets that ended alike, so that a thousand of them travel in a few kilobytes. */
export interface Ended {
  readonly settled: readonly VerdictGroup[];
  readonly parked: readonly ParkedGroup[];
  readonly pages: readonly PageRef[];
  readonly findings: number;
}

export interface ParkedGroup {
  readonly state: TargetState & { readonly at: 'parked' };
  readonly targets: readonly Id<'target'>[];
}

export interface IndexInput {
  readonly case: Case;
  readonly zone: Id<'zone'>;
  readonly step: Id<'step'>;
  readonly gate: Id<'gate'>;
  readonly round: number;
  readonly pages: readonly PageRef[];
  readonly openedAt: Time;
  readonly decideBy: Time;
  readonly executeBy: Time;
}

export interface GateTerms {
  readonly policy: GatePolicy;
  readonly openedAt: Time;
  readonly decideBy: Time;
  readonly executeBy: Time;
}

/** What every order about one target carries. */
export interface TargetInput {
  readonly case: Case;
  readonly target: Id<'target'>;
}
