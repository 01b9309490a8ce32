import type { Id } from '../model/json.js';

/** Why the zone store did not do what was asked; closed, so that callers branch on it. */
export type StoreCode =
  /** No object of this digest lies here. */
  | 'OBJECT_MISSING'
  /** The bytes under a digest hash to something else: the file was changed or the disk is failing. Nothing in it may be used. */
  | 'OBJECT_CORRUPT'
  /** This very claim exists: something was attempted under its key, and must now be observed. */
  | 'CLAIMED'
  /** A small record (claim, outcome, statement, index, session) is there and cannot be read. A claim then counts as made. */
  | 'RECORD_UNREADABLE'
  /** A round of a gate was stored before with another root or other times. */
  | 'INDEX_CONFLICT'
  /** Another incident has frozen the target. Only its signed release ends that. */
  | 'LEASE_HELD'
  /** Somebody else holds the target; waiting helps. */
  | 'LOCKED'
  /** The process that holds the target is stopped, or past its own limit; a person must look at it. */
  | 'LOCK_STUCK'
  /** The caller's signal fired while it waited for the lock. */
  | 'ABORTED';

/** Thrown by everything in `lib/store`. Errors of the file system itself (disk full, permission) pass through as they are. */
export class StoreError extends Error {
  readonly code: StoreCode;
  /** The process that holds a lock, for LOCKED and LOCK_STUCK. */
  readonly pid: number | null;
  /** The incident that owns the lease, for LEASE_HELD. */
  readonly incident: Id<'incident'> | null;

  constructor(code: StoreCode, message: string, facts: { pid?: number; incident?: Id<'incident'>; cause?: unknown } = {}) {
    super(message, { cause: facts.cause });
    this.name = 'StoreError';
    this.code = code;
    this.pid = facts.pid ?? null;
    this.incident = facts.incident ?? null;
  }
}
