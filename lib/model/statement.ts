import type { Digest, Id, Time } from './json.js';
import type { Repeats } from './occurrence.js';
import type { Subject } from './operation.js';
import type { Counts } from './plan.js';
import type { Choice } from './verdict.js';

/** Anything a person decides. Signed as RFC 8785 canonical JSON bytes, detached and binary, by that person's own OpenPGP key. */
interface Said {
  readonly type: 'cofferdam/statement';
  readonly version: 1;
  readonly incident: Id<'incident'>;
  readonly by: Id<'person'>;
  readonly reason: string;
  readonly notBefore: Time;
  readonly notAfter: Time;
}

/** Every later statement binds the launch, which brings site, runbook, step table, targets and requester. */
interface Under extends Said {
  readonly launch: Digest<'statement'>;
}

export type Launch = Said & {
  readonly verb: 'launch';
  readonly site: Digest<'site'>;
  readonly policy: Digest<'policy'>;
  readonly runbook: Digest<'runbook'>;
  readonly stepTable: number;
  readonly targets: readonly Id<'target'>[];
  /** Who leaves, where the runbook is about a person. */
  readonly person?: Id<'person'>;
  /** Of a schedule: it opens incidents named `<incident>-<day>`, at these times, and none of its own name. */
  readonly repeats?: Repeats;
};

export type Decision = Under & {
  readonly verb: 'approve' | 'deny';
  readonly policy: Digest<'policy'>;
  readonly gate: Id<'gate'>;
  readonly round: number;
  /** The plan index's digest; for the launch gate (round 0) the launch statement's. */
  readonly root: Digest<'index'> | Digest<'statement'>;
  readonly counts: Counts;
};

export type Resolve = Under & {
  readonly verb: 'resolve';
  readonly step: Id<'step'>;
  readonly choice: Choice;
  /** How many `resolve retry` these targets have had before, so that a repeated statement is told from a second one. */
  readonly retry: number;
  readonly targets: readonly Id<'target'>[];
};

/** Vouches for a new key of one target, in this incident: from now on secrets go to whoever proves to own it, and to nobody else. */
export type Trust = Under & {
  readonly verb: 'trust';
  readonly target: Id<'target'>;
  readonly pin: Digest<'spki'>;
  /** The key that was in force when it was signed; null when there was none. */
  readonly replaces: Digest<'spki'> | null;
  /** How many `trust` statements this target has had before: the highest counts, whatever the clocks say. */
  readonly turn: number;
};

export type Cancel = Under & {
  readonly verb: 'cancel';
  /** None: the whole incident, however many targets it has. */
  readonly subjects: readonly Subject[];
};

/** Takes back what contains and freezes: the planned undo of what these steps did, in reverse order. Nothing else ever lifts it. */
export type Release = Under & {
  readonly verb: 'release';
  /** None: every step that contains or freezes. */
  readonly steps: readonly Id<'step'>[];
  /** None: every subject. */
  readonly subjects: readonly Subject[];
};

/** A person vouches that manual operations are done, and names the evidence of it. */
export type Complete = Under & {
  readonly verb: 'complete';
  /** Keys of the orders, as their claims are named. */
  readonly orders: readonly Digest<'claim'>[];
  /** Captures in the subject's series, added with `evidence add`. */
  readonly captures: readonly Digest<'capture'>[];
};

/**
 * Takes further targets into the incident, on the terms of its launch: site, policy and runbook are those that the launch binds, and each target
 * is the record that the launch's inventory has of it.
 */
export type Add = Under & {
  readonly verb: 'add';
  readonly targets: readonly Added[];
  /** How many `add` statements the incident has had before: co-signers are counted in this order, in every zone alike. */
  readonly turn: number;
};

export interface Added {
  readonly target: Id<'target'>;
  readonly zone: Id<'zone'>;
  /** Digest of the target's record in the inventory, as canonical JSON. */
  readonly record: Digest<'record'>;
}

/** The verbs that exist today; each issue adds its own. */
export type Statement = Launch | Decision | Resolve | Trust | Cancel | Release | Complete | Add;

/** A statement as it travels and is stored: the exact signed bytes, as text, and the signature as base64 of the binary OpenPGP packet. */
export interface SignedStatement {
  readonly text: string;
  readonly signature: string;
}

export const STATEMENT_BYTES = 48_000;
