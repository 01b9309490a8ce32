import type { Digest, Id } from '../../model/json.js';
import type { Order } from '../../model/operation.js';
import type { GateRef } from '../../model/work.js';
import type { Indexes } from '../../store/indexes.js';
import type { Objects } from '../../store/objects.js';
import type { Statements } from '../../store/statements.js';
import type { Keyring } from '../../trust/statement.js';

/** What an order needs a gate for. */
export interface GateQuestion {
  readonly order: Order;
  readonly step: Id<'step'>;
  readonly gate: GateRef;
  readonly launch: Digest<'statement'>;
  /** When the engine scheduled the activity, and when the series last wrote: clocks that a worker's own must not contradict. */
  readonly scheduledAt: number;
  readonly lastCustodyAt: number | null;
}

export interface GateDeps {
  /** The zone whose store this is. */
  readonly zone: Id<'zone'>;
  readonly objects: Objects;
  statements(incident: Id<'incident'>): Statements;
  indexes(incident: Id<'incident'>): Indexes;
  /** People, certificates and policy of the incident's own snapshot of the site. */
  keyring(incident: Id<'incident'>): Promise<Keyring>;
  now(): number;
}

/** Why a gate is closed. */
export type GateRefusal =
  /** The worker's clock is more than a minute behind the engine or its own records; expiry cannot be judged. */
  | 'CLOCK_BEHIND'
  | 'LAUNCH_INVALID'
  | 'GATE_UNKNOWN'
  | 'GATE_DENIED'
  | 'QUORUM_SHORT'
  | 'GATE_EXPIRED'
  /** A later round planned this subject anew. */
  | 'GATE_SUPERSEDED'
  | 'CANCELLED'
  /** The order counts a retry that nobody signed. */
  | 'RETRY_NOT_SIGNED'
  /** Nobody signed that this is lifted. */
  | 'RELEASE_NOT_SIGNED'
  /** Somebody signed that this is lifted, after its round opened: what has not begun must not begin. */
  | 'RELEASED'
  /** Somebody signed that this target is skipped, or given up. */
  | 'TARGET_GIVEN_UP'
  /** What this zone stores about the gate is damaged. */
  | 'GATE_UNREADABLE';

/** Carries a refusal out of one of the checks; never leaves the gate check. */
export class Closed extends Error {
  readonly code: GateRefusal;

  constructor(code: GateRefusal, message: string) {
    super(message);
    this.code = code;
  }
}
