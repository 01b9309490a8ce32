import type { FindingCode } from '../lib/model/finding.js';
import type { Id, Json } from '../lib/model/json.js';
import type { Attempt } from './attacker.js';
import type { Expect } from './faults/fault.js';
import type { LoginTruth } from './lockout.js';
import type { Allowed } from '../lib/model/site.js';

/** What an attacker left on a BMC. `captured-session` was in the captured tree: nobody's planted it, and nobody expects it. */
export type PlantedKind =
  | 'rogue-administrator'
  | 'raised-role'
  | 'stolen-session'
  | 'planted-subscription'
  | 'added-key'
  | 'captured-session'
  | 'anonymous-user'
  | 'weak-ipmi';

/** Ways to stay that no list of accounts shows. */
export type DoorKind =
  | 'alert-recipient'
  | 'app-account'
  | 'client-certificate'
  | 'console-session'
  | 'directory'
  | 'dynamic-extension'
  | 'event-headers'
  | 'federation-group'
  | 'inline-key'
  | 'mail-target'
  | 'mapped-certificate'
  | 'mounted-media'
  | 'nameless-slot'
  | 'radius-server'
  | 'role-map'
  | 'role-privileges'
  | 'snmp-community'
  | 'snmp-user'
  | 'syslog-target'
  | 'token-issuer'
  | 'trap-target'
  | 'trust-anchor';

/** What a review tells of a BMC that nobody attacked. */
export interface Standing {
  readonly uri: string;
  readonly finding: FindingCode;
}

/** What an attacker's doings left in the logs of a generated BMC; a captured tree's logs keep their bytes. `unknown-maker` is nobody's doing. */
export type TraceKind = 'log-address' | 'log-account-change' | 'log-stranger' | 'log-hole' | 'log-cleared' | 'unknown-maker';

export interface Trace {
  readonly kind: TraceKind;
  /** The record that shows it. */
  readonly uri: string;
  readonly finding: FindingCode;
}

export interface Planted {
  readonly kind: PlantedKind | DoorKind;
  /** The resource that shows it. */
  readonly uri: string;
  readonly finding: FindingCode;
  readonly userName: string | null;
}

/** What an honest freeze does to one BMC and what it has to report there; in the order in which it is done. */
export interface FreezeTruth {
  /** Jobs that are cancelled. */
  readonly cancelled: readonly string[];
  /** Accounts that are disabled. */
  readonly frozen: readonly string[];
  /** Services, doors and updates. */
  readonly closed: readonly Setting[];
  /** Last; null where this BMC has no lock. */
  readonly lock: Setting | null;
  /** Beside those about sessions, which are among what was planted; the same code and URI may be told several times. */
  readonly findings: readonly { readonly code: FindingCode; readonly uri: string }[];
  /** `done`, `unsupported` where nothing locks this BMC, or the code with which the step parks. */
  readonly comesTo: string;
}

/** What an honest rotation has to report of one BMC, and what it comes to there. */
export type RotateTruth = Pick<FreezeTruth, 'findings' | 'comesTo'>;

export interface Setting {
  readonly uri: string;
  /** JSON Pointer. */
  readonly pointer: string;
  readonly before: Json;
  readonly after: Json;
}

/** What a drill is scored against: an honest review finds each of `planted`, `standing` and `traces`, and nothing else, when it goes by `allow`. */
export interface GroundTruth {
  readonly seed: number;
  readonly targets: readonly TargetTruth[];
}

export interface TargetTruth {
  readonly id: Id<'target'>;
  readonly class: string;
  /** The captured tree it serves; null for a generated one. */
  readonly tree: string | null;
  readonly allow: Allowed;
  readonly planted: readonly Planted[];
  readonly standing: readonly Standing[];
  /** What is wrong with it, and what the runbook has to come to because of that. */
  readonly fault: { readonly name: string; readonly expect: Expect } | null;
  readonly traces: readonly Trace[];
  /** What a freeze comes to; none for a captured tree, whose maker's habits are not known here. */
  readonly freeze?: FreezeTruth;
  /** What a rotation comes to; none for a captured tree. */
  readonly rotate?: RotateTruth;
  /** Whether the password that it began with still logs in to our account. */
  readonly oldWorks?: boolean;
  /** What the attacker tried after the freeze had reached it; a drill is good when all of it was refused. Absent when nobody attacks. */
  readonly attempts?: readonly Attempt[];
  /** What the BMC counted of refused logins, of accounts that had any. */
  readonly logins?: readonly LoginTruth[];
  /** Whether it ever blocked or delayed whoever came from some address. */
  readonly keptOut?: boolean;
  /** URIs whose answers do not come from the tree alone: planted, or changed by what happened since. */
  readonly overlaid: readonly string[];
  /** Steps that this target must end as `unsupported`: what they find wants changes that nobody makes over IPMI. */
  readonly unsupported?: readonly string[];
}
