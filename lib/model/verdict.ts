import type { Digest } from './json.js';

/** How far a `done` can be trusted: the BMC's own word, a second path, or a root of trust outside the BMC. */
export type Assurance = 'self-reported' | 'corroborated' | 'attested';

/** The honest end of one step for one target. */
export type Verdict =
  | { readonly is: 'done'; readonly assurance: Assurance }
  | { readonly is: 'skipped'; readonly by: Digest<'statement'> }
  | { readonly is: 'unsupported' | 'unverifiable' | 'failed' | 'unknown'; readonly code: string; readonly operation: number | null }
  | { readonly is: 'not-started'; readonly by: Digest<'statement'> | 'max-failures' | 'cancelled' | 'denied' | 'expired' };

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
    };
