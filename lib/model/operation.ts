import type { CertificateSubject } from './certificate.js';
import type { Effect, EvidenceClass, Impact } from './effect.js';
import type { Path, Rules, UnprobedPath } from './isolation.js';
import type { Digest, Id, Json, Time } from './json.js';
import type { PasswordRules } from './password.js';

/** What an operation acts on: a target's BMC, or an enforcer of a zone. */
export type Subject = { kind: 'bmc'; target: Id<'target'> } | { kind: 'enforcer'; zone: Id<'zone'>; name: Id<'enforcer'> };

/** What leaves the process. A secret in a body is `{"$secret": "vault://…"}`, the pending one of that reference, which the executor puts there at the last moment. */
export type Send =
  | { kind: 'redfish'; method: 'POST' | 'PATCH' | 'PUT' | 'DELETE'; uri: string; body: Json }
  /** Reads a file of the BMC into evidence: the one whose path the text at `pointer` (RFC 6901) of the resource `uri` names. */
  | { kind: 'download'; uri: string; pointer: string }
  /** A bounded rule: every member of `collection` but `spare` and our own session; its extent may grow between plan and carry-out. */
  | { kind: 'redfish-each'; method: 'DELETE'; collection: string; spare: readonly string[] }
  /** Gives the user in this slot, if it has this name, the pending secret of `ref`: all that is ever changed over IPMI. */
  | { kind: 'ipmi'; act: 'set-password'; user: number; userName: string; ref: string }
  /**
   * Puts these rules in force at an enforcer, in one atomic change; null takes ours away, and nothing else. `armedForS`: unless it is disarmed
   * within so many seconds the gateway by itself lets `fallback` in as well; null: disarmed.
   */
  | { kind: 'network'; rules: Rules | null; armedForS: number | null }
  /** Tries paths from vantage points; nothing is sent to a BMC but the attempt to connect. */
  | { kind: 'probe'; paths: readonly Path[]; unprobed: readonly UnprobedPath[]; budgetMs: number }
  /** Takes the freeze lease of a target for this incident, or gives it back: a file in the zone's store, no byte to the BMC. */
  | { kind: 'lease'; act: 'take' | 'give-back' }
  /** Makes a credential and keeps it in the vault beside the current one, for nobody to use yet. */
  | { kind: 'vault'; act: 'create'; ref: string; userName: string; rules: PasswordRules }
  /** The credential that is proven to work becomes the current one; or the one that is proven not to is taken out of the way, and kept. */
  | { kind: 'vault'; act: 'promote' | 'set-aside'; ref: string }
  /** One login with the credential that `ref` is about to replace; the BMC must refuse it. */
  | { kind: 'refusal'; ref: string }
  /**
   * Seals a secret to the keys of these people, in a file of the zone that they alone can open. `write`: the pending one, before anything has it.
   * `keep`: the current one, in the place of whatever was sealed before.
   */
  | { kind: 'envelope'; act: 'write' | 'keep'; ref: string; userName: string; holders: readonly Id<'person'>[] }
  /**
   * Makes the incident's own account, whose password is the pending secret of `ref` in the body: by POST to the list of accounts, or by PATCH of an
   * empty slot in it.
   */
  | { kind: 'account'; act: 'make'; method: 'POST' | 'PATCH'; uri: string; body: Json; list: string; userName: string; ref: string }
  /** From then on this target is logged in to with it; or again with what the inventory names, once a login shows that it works. */
  | { kind: 'account'; act: 'use' | 'leave'; ref: string }
  /**
   * Takes the account of this name out of the list, wherever it lies in it, if it is the one that this incident made: by DELETE, or where accounts
   * are slots by one PATCH with each of these bodies.
   */
  | { kind: 'account'; act: 'remove'; list: string; userName: string; ref: string; slot: readonly Json[] | null }
  /**
   * Makes the rules of a BMC's own access list these, in this order: new ones are added at its end before what does not belong there goes. `from` is
   * the list that this was planned for.
   */
  | { kind: 'access-rules'; collection: string; from: readonly AccessRule[]; to: readonly AccessRule[] }
  /** Gives another server a new secret of its own for BMCs, by the site's command; nothing is sent to a BMC. Once for each incident. */
  | { kind: 'integration'; act: 'renew'; name: Id<'integration'>; ref: string }
  /**
   * Opens one more session of ours in this collection, ends it as others are ended, and tries its token, which must be refused. `replaced`: secrets
   * that the same plan replaces; the token of a session that each had opened before must have been refused when that was tried.
   */
  | { kind: 'dead-token'; sessions: string; replaced?: readonly string[] }
  | { kind: 'upload'; uri: string; image: Digest<'image'> }
  | { kind: 'wait'; budgetMs: number }
  /** A person does it, and completes it with a signed statement that names evidence. */
  | { kind: 'manual'; instruction: string }
  | CertificateSend;

/**
 * One part of giving a BMC a new TLS key. `request`: it makes the key and a request for a certificate, which it tells in its answer, or at `told`.
 * `sign`: the site's authority signs that request. `install`: the BMC is given the certificate, as `property` beside the rest of `body`, in place of the one at
 * `replaces`; with `reset`, it serves it only after the reset that comes next. `prove`: who answers has shown the new key, and is the same device: from then on it is the pin.
 */
export type CertificateSend =
  | {
      kind: 'certificate';
      act: 'request';
      uri: string;
      body: Json;
      subject: CertificateSubject;
      told: { readonly uri: string; readonly pointer: string } | null;
    }
  | { kind: 'certificate'; act: 'sign' }
  | { kind: 'certificate'; act: 'install'; uri: string; body: { [key: string]: Json }; property: string; replaces: string; reset: boolean }
  | { kind: 'certificate'; act: 'reset'; uri: string; body: Json }
  | { kind: 'certificate'; act: 'prove' };

/** One rule of a BMC's own list of addresses; the first that fits decides. */
export interface AccessRule {
  /** IPv4 address without host bits. */
  readonly address: string;
  readonly prefix: number;
  readonly policy: 'Accept' | 'Drop';
}

/** A fact about a resource, read back over Redfish. `pointer` is an RFC 6901 JSON Pointer. */
export type Condition = { uri: string; pointer: string; equals: Json } | { uri: string; absent: true };

export type Witness = 'task' | 'log-entry' | 'boot' | 'login' | 'statement' | 'handshake';

/**
 * `state`: the postcondition read back is enough. `act`: only a witness that the claim had not already seen settles it. The witness `login` of a change
 * of who may reach the BMC is a second session, opened while the first one is: without it the undo is sent at once.
 */
export type Proof = { by: 'state' } | { by: 'act'; witness: Witness };

/** One act on a subject. It has no effect field: the executor derives the effect from `send`. */
export interface Operation {
  readonly n: number;
  /** Version of the operation's kind, so that a plan is never carried out by code that means something else. */
  readonly version: number;
  readonly send: Send;
  /** One line for a human: what it does to what. */
  readonly line: string;
  readonly limitMs: number;
  readonly before: readonly Condition[];
  readonly after: readonly Condition[];
  readonly proof: Proof;
  readonly destroys: readonly EvidenceClass[];
  readonly impact: Impact;
  /** How it is taken back under a signed release; null when it cannot be. */
  readonly undo: Undo | null;
  /** A release leaves what it set, and what an earlier step of the incident set there as well. */
  readonly forGood?: true;
}

/** What is sent to take an operation back, and how that is seen. */
export interface Undo {
  readonly send: Send;
  readonly after: readonly Condition[];
}

/** Operations that must not be left half done; `always` (re-lock) runs even when the section parks. */
export interface Section {
  readonly operations: readonly [Operation, ...Operation[]];
  readonly always: readonly Operation[];
}

/** The key of one attempt at one operation. Within one key nothing is sent twice. */
export interface Order {
  readonly incident: Id<'incident'>;
  readonly subject: Subject;
  readonly plan: Digest<'plan'>;
  readonly operation: number;
  readonly round: number;
  /** The number of signed `resolve retry` statements for this subject. */
  readonly retry: number;
  /** The signed release under which the operation's undo is carried out; null: the operation itself. */
  readonly release: Digest<'statement'> | null;
}

/** A file, created exclusively and fsynced before the first byte leaves; its name is the digest of canonical `{order, member}`. */
export interface Claim {
  readonly order: Order;
  /** The member's URI under a bounded rule. */
  readonly member: string | null;
  readonly at: Time;
  readonly limitMs: number;
  readonly effect: Effect;
  readonly session: string | null;
  readonly seen: Readonly<Partial<Record<Witness, readonly string[]>>>;
}

/** How one attempt ended. `already` means the postcondition held before anything was sent. */
export type Outcome =
  | { readonly is: 'done' | 'already'; readonly seq: number; readonly head: Digest<'custody'> }
  | { readonly is: 'failed' | 'unknown' | 'refused'; readonly code: string; readonly seq: number; readonly head: Digest<'custody'> };
