import type { FindingCode } from '../lib/model/finding.js';
import type { Id } from '../lib/model/json.js';
import type { Expect } from './faults/fault.js';
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

/** What an attacker's doings left in the logs of a generated BMC; a captured tree's logs keep their bytes. `unknown-maker` is nobody's doing. */
export type TraceKind = 'log-address' | 'log-account-change' | 'log-stranger' | 'log-hole' | 'log-cleared' | 'unknown-maker';

export interface Trace {
  readonly kind: TraceKind;
  /** The record that shows it. */
  readonly uri: string;
  readonly finding: FindingCode;
}

export interface Planted {
  readonly kind: PlantedKind;
  /** The resource that shows it. */
  readonly uri: string;
  readonly finding: FindingCode;
  readonly userName: string | null;
}

/** What a drill is scored against: an honest review finds each of `planted` and `traces`, and nothing else, when it goes by `allow`. */
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
  /** What is wrong with it, and what the runbook has to come to because of that. */
  readonly fault: { readonly name: string; readonly expect: Expect } | null;
  readonly traces: readonly Trace[];
  /** URIs whose answers do not come from the tree alone: planted, or changed by what happened since. */
  readonly overlaid: readonly string[];
  /** Steps that this target must end as `unsupported`: what they find wants changes that nobody makes over IPMI. */
  readonly unsupported?: readonly string[];
}
