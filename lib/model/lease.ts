import type { Digest, Id, Time } from './json.js';

/** The freeze of one target: whoever does not own it keeps its hands off the BMC. It has no end but a signed release; a stale one still freezes. */
export interface Lease {
  readonly target: Id<'target'>;
  /** Its owner. */
  readonly incident: Id<'incident'>;
  /** The launch under which it was taken. */
  readonly launch: Digest<'statement'>;
  readonly takenAt: Time;
}

/** A target that is frozen, as a desk hears of it. */
export interface Frozen {
  readonly target: Id<'target'>;
  /** Null with `since`: a lease is there and cannot be read, which freezes as well. */
  readonly incident: Id<'incident'> | null;
  readonly since: Time | null;
}
