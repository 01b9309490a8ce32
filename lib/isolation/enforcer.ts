import type { Rules } from '../model/isolation.js';

/** What cuts a segment off. Every call may be repeated; only `apply` changes anything, and it does so in one atomic change. Throws IsolationError. */
export interface Enforcer {
  /** Who it is, in a text that does not change: the identity that a plan binds. */
  identify(): Promise<string>;
  /** The state that the first rules destroy or that shows what was: flows, neighbours, rules. What a tool does not offer is left out and named in `missing`. */
  witness(): Promise<{ readonly files: readonly WitnessFile[]; readonly missing: readonly string[] }>;
  inForce(): Promise<InForce>;
  /** Judges rules without putting them in force; throws RULES_REFUSED. */
  check(rules: Rules): Promise<void>;
  /** Puts rules in force; null takes ours away and leaves everybody else's exactly as they are. */
  apply(rules: Rules | null, armedForS: number | null): Promise<void>;
}

export interface WitnessFile {
  /** A file name: `conntrack.txt`. */
  readonly name: string;
  /** How it was got, for the capture's record: `nft -s list ruleset`. */
  readonly how: string;
  readonly body: Uint8Array;
}

/** What is in force of ours. */
export interface InForce {
  /** Null: nothing of ours. */
  readonly rules: Rules | null;
  /** The gateway's own timer still runs, or has fired: `fallback` is or will be let in as well. */
  readonly armed: boolean;
  /** False when what is there is not what these rules render to: somebody changed it behind our back. */
  readonly intact: boolean;
}
