import type { Id } from './json.js';

/** Who may launch, and who decides at which gate. */
export interface Policy {
  readonly launch: LaunchPolicy;
  /** By gate id: which roles, how many people, and for how long. */
  readonly gates: Readonly<Record<string, GatePolicy>>;
}

export interface LaunchPolicy {
  readonly roles: readonly Id<'role'>[];
  /** Above so many targets a launch needs `cosigners` approvals of its digest first. */
  readonly cosignersAbove: number;
  readonly cosigners: number;
}

export interface GatePolicy {
  readonly roles: readonly Id<'role'>[];
  /** Distinct people, not keys. */
  readonly quorum: number;
  readonly requesterExcluded: boolean;
  /** Minutes until an undecided round closes. */
  readonly decisionExpiresAfter: number;
  /** Minutes after the opening until which sections may begin. */
  readonly executionExpiresAfter: number;
}

/** Somebody whose signature may count. */
export interface Person {
  readonly id: Id<'person'>;
  readonly name: string;
  readonly roles: readonly Id<'role'>[];
  /** Upper-case 40-digit OpenPGP v4 fingerprints; each certificate lies in `keys/<FINGERPRINT>.asc`. */
  readonly keys: readonly string[];
  /** Their user names on BMCs, whichever: theirs alone. What several people share belongs to nobody. */
  readonly accounts?: readonly string[];
  /** Their SSH keys, by SHA-256 of the text, or as `ssh-keygen -l` prints it. */
  readonly sshKeys?: readonly string[];
}
