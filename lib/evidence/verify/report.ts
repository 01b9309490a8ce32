import type { Id } from '../../model/json.js';
import type { RefusalCode } from './codes.js';
import { REFUSAL_CODES } from './codes.js';

/** What verifying found. Field names are a contract (design.md 8): fields may be added, never renamed. */
export interface Report {
  readonly verdict: Verdict;
  readonly refusals: readonly Refusal[];
  /** What the evidence itself declares as not there: failed captures, series that nothing closes yet, and the case that would name them all. */
  readonly incomplete: readonly Incomplete[];
  readonly series: readonly Id<'series'>[];
  readonly seals: number;
  /** Payload files and their bytes, over all seals. */
  readonly items: number;
  readonly bytes: number;
  readonly signers: readonly Signer[];
}

export type Verdict = 'VALID' | 'VALID-INCOMPLETE' | 'INVALID' | 'CANNOT-CHECK';

export interface Refusal {
  readonly code: RefusalCode;
  /** Seal, file and line: as near as can be said. */
  readonly where: string;
  readonly expected: string;
  readonly got: string;
}

export interface Incomplete {
  readonly where: string;
  readonly uri: string | null;
  /** Error code of the failed capture, or `SERIES_OPEN`, or `CASE_ABSENT`: no seal of the case tells which series there were. */
  readonly error: string;
}

/** A key whose signature was found good on at least one seal. */
export interface Signer {
  /** As the seal requires it; `witness` for a pinned key that it does not require. */
  readonly role: string;
  /** Primary key, upper case. */
  readonly fingerprint: string;
  /** The user id of the pinned certificate: the words of whoever pinned it, not of the evidence. */
  readonly person: string;
}

/** Exit codes of `evidence verify`; only 0 means that everything was checked and is there. */
export function exitCodeOf(verdict: Verdict): 0 | 3 | 5 | 6 {
  switch (verdict) {
    case 'VALID':
      return 0;
    case 'INVALID':
      return 3;
    case 'VALID-INCOMPLETE':
      return 5;
    case 'CANNOT-CHECK':
      return 6;
  }
}

/** What is wrong outweighs what could not be checked, and that outweighs what is missing. */
export function verdictOf(refusals: readonly Refusal[], incomplete: readonly Incomplete[]): Verdict {
  if (refusals.some(({ code }) => REFUSAL_CODES[code].verdict === 'INVALID')) return 'INVALID';
  if (refusals.length > 0) return 'CANNOT-CHECK';
  return incomplete.length > 0 ? 'VALID-INCOMPLETE' : 'VALID';
}
