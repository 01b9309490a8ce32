import type { Digest } from './json.js';

/** How far a `done` can be trusted: the BMC's own word, a second path, or a root of trust outside the BMC. */
export type Assurance = 'self-reported' | 'corroborated' | 'attested';

/** The honest end of one step for one target. */
export type Verdict =
  | { readonly is: 'done'; readonly assurance: Assurance }
  | { readonly is: 'skipped'; readonly by: Digest<'statement'> }
  | { readonly is: 'unsupported' | 'unverifiable' | 'failed' | 'unknown'; readonly code: string; readonly operation: number | null }
  | { readonly is: 'not-started'; readonly by: Digest<'statement'> | 'max-failures' | 'cancelled' | 'denied' | 'expired' };

/** Codes of what a target cannot do, whoever tries again: the step settles as `unsupported`, and the target goes on to the next one. */
export const UNSUPPORTED_CODES = [
  /** The BMC does not offer the service that the step is about. */
  'UNSUPPORTED',
  /** The site names nothing that could cut this zone off. */
  'NO_ENFORCER',
  /** The BMC has no lock: everything else was frozen one by one, and nothing keeps it so. */
  'NO_LOCKDOWN',
  /** The step needs more than is done over IPMI. */
  'NOT_OVER_IPMI',
  /** The step was read and reported, and what it found wants changes, which are not made over IPMI, such as ending a session. */
  'NO_CHANGES_OVER_IPMI',
  /** A secret that the inventory names could not be replaced; the others were. */
  'SECRET_STAYS',
  /** The site names nobody who signs certificates: what the BMC shows was read and reported, and stays as it is. */
  'NO_AUTHORITY',
  /** All that the BMC allowed was done. It allows more now: the target waits for a person who has the rest of the step planned. */
  'PLAN_AGAIN',
] as const;
export type UnsupportedCode = (typeof UNSUPPORTED_CODES)[number];

/** Codes of what was carried out and cannot be shown to hold: the step settles as `unverifiable`. */
export const UNVERIFIABLE_CODES = [
  /** Nobody stands where a path could be tried. */
  'NO_VANTAGE',
  /** The BMC does not show what a secret that it was given is now. */
  'NOT_SHOWN',
] as const;

export type Choice = 'retry' | 'replan' | 'skip' | 'abort';

/** Where a target stands in one step. `parked` waits for a human, who chooses among `offers`. */
export type TargetState =
  | { readonly at: 'waiting' }
  | { readonly at: 'running'; readonly operation: number | null }
  | { readonly at: 'settled'; readonly verdict: Verdict }
  | {
      readonly at: 'parked';
      readonly code: string;
      readonly why: string;
      readonly operation: number | null;
      readonly offers: readonly Choice[];
      /** The order that waits for a person's signed completion; only with {@link AWAITS_PERSON}. */
      readonly order?: Digest<'claim'>;
    };

/** Code of a parked target whose operation a person does by hand. */
export const AWAITS_PERSON = 'AWAITS_PERSON';
