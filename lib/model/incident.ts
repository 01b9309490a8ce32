import type { EvidenceClass } from './effect.js';
import type { Containment } from './isolation.js';
import type { Digest, Id, Time } from './json.js';
import type { Counts, IndexRow } from './plan.js';
import type { GatePolicy } from './policy.js';
import type { TargetState, UnsupportedCode, Verdict } from './verdict.js';

/** What `incident show` and `watch` print: totals and what needs a human. Answered by a query, never stored. */
export interface IncidentView {
  readonly incident: Id<'incident'>;
  /** Null until every zone has verified the launch. */
  readonly launch: Digest<'statement'> | null;
  readonly requester: Id<'person'> | null;
  readonly reason: string;
  /** `contained`: everything is done, and what contains is lifted by a signed release alone. */
  readonly state: 'opening' | 'running' | 'waiting' | 'contained' | 'cancelling' | 'ended';
  /** Why it ended, or why it could not open. */
  readonly outcome: 'done' | 'done-with-exceptions' | 'cancelled' | 'refused' | null;
  readonly refusal: { readonly code: string; readonly message: string } | null;
  readonly targets: number;
  readonly phases: readonly PhaseView[];
  readonly gates: readonly GateView[];
  readonly parked: readonly ParkedView[];
  /** How each enforcer stood at the last look. */
  readonly containment: readonly Containment[];
  /** Keys that people vouched for in this incident, in the order of counting; the last of a target is the one in force. */
  readonly trusted: readonly TrustedView[];
  /** Signed statements that took, or asked to take, further targets in, in their order. */
  readonly added: readonly AddedView[];
  /** The number that the next such statement must carry. */
  readonly turn: number;
  /** Payloads that did not authenticate, and messages of the wrong shape: dropped and counted. */
  readonly refusedMessages: number;
}

export interface PhaseView {
  readonly step: Id<'step'>;
  readonly title: string;
  readonly background: boolean;
  readonly state: 'waiting' | 'planning' | 'gate' | 'running' | 'done';
  /** Running sweeps, by workflow id, for those who want the targets live. */
  readonly sweeps: readonly string[];
  readonly settled: readonly VerdictGroup[];
  readonly parked: number;
  /** Plans of this phase, newest last, by zone and digest of the page that lists them: what was found is read from there, gate or none. */
  readonly pages: readonly Pick<PageRef, 'zone' | 'page'>[];
  /** Subjects whose containment or freeze by this step is in force. */
  readonly held: readonly Id<'target'>[];
  readonly startedAt: Time | null;
  readonly endedAt: Time | null;
}

/** Targets with the same verdict, so that a thousand of them stay small. */
export interface VerdictGroup {
  readonly verdict: Verdict;
  readonly targets: readonly Id<'target'>[];
}

export interface ParkedView {
  readonly target: Id<'target'>;
  readonly step: Id<'step'>;
  readonly state: TargetState & { readonly at: 'parked' };
  /** The number that a `resolve retry` statement for this target must carry. */
  readonly retry: number;
}

export interface TrustedView {
  readonly target: Id<'target'>;
  readonly pin: Digest<'spki'>;
  readonly by: Id<'person'>;
  readonly statement: Digest<'statement'>;
}

export interface AddedView {
  readonly statement: Digest<'statement'>;
  /** The signed statement in every zone's store, so that a desk can verify it. */
  readonly signed: Digest<'signed-statement'>;
  readonly by: Id<'person'>;
  readonly targets: number;
  /** `asked`: it waits for co-signers. */
  readonly state: 'asked' | 'in' | 'denied';
}

export interface GateView {
  readonly gate: Id<'gate'>;
  readonly step: Id<'step'>;
  readonly round: number;
  /** Plan-index digest, or the launch statement's for the launch gate. */
  readonly root: Digest<'index'> | Digest<'statement'>;
  readonly counts: Counts;
  readonly targets: number;
  readonly state: 'open' | 'approved' | 'denied' | 'expired' | 'superseded';
  readonly policy: GatePolicy;
  readonly openedAt: Time;
  readonly decideBy: Time;
  readonly executeBy: Time;
  readonly approvals: readonly { readonly person: Id<'person'>; readonly statement: Digest<'statement'> }[];
  readonly denials: readonly { readonly person: Id<'person'>; readonly statement: Digest<'statement'> }[];
}

/** Live state of the targets of one shard; answered by the shard. */
export interface ShardView {
  readonly zone: Id<'zone'>;
  readonly shard: number;
  readonly targets: readonly { readonly target: Id<'target'>; readonly state: TargetState }[];
}

/** What one zone's worker made of a plan page; pages of all zones form the index. */
export interface PageRef {
  readonly zone: Id<'zone'>;
  readonly page: Digest<'page'>;
  readonly counts: Counts;
  /** Subjects with at least one operation. */
  readonly acting: readonly Id<'target'>[];
  readonly targets: readonly Id<'target'>[];
  /** Subjects whose plan leaves out what they do not offer. */
  readonly lacking: readonly { readonly target: Id<'target'>; readonly code: UnsupportedCode }[];
  readonly operations: number;
  readonly destroys: readonly EvidenceClass[];
}

/** What a planner's activity returns for one target. */
export interface Planned {
  readonly row: IndexRow;
  readonly counts: Counts;
  readonly findings: number;
  /** Why what the findings ask for cannot be planned, so that the step is not done with its plan; null when nothing is left out. */
  readonly unsupported: UnsupportedCode | null;
}
