import type { IpmiCode } from '../ipmi/errors.js';
import type { RedfishCode } from '../redfish/errors.js';
import type { VaultCode } from '../vault/error.js';
import type { LoginCode } from '../login/error.js';
import type { StoreCode } from '../store/error.js';
import type { IntegrationCode } from '../integrations/error.js';
import type { IsolationCode } from '../isolation/error.js';
import type { Digest } from '../model/json.js';
import type { GateRefusal } from './gate/question.js';

/** What stood in the way of an attempt, or keeps it unsettled; closed, so that reports and drills can count it. */
export type Reason =
  | RedfishCode
  | IpmiCode
  | StoreCode
  | LoginCode
  | GateRefusal
  | IsolationCode
  | IntegrationCode
  | VaultCode
  /** This version does not know how to carry out the operation: kind, proof, section or version. Nothing reads as done because of it. */
  | 'UNSUPPORTED_KIND'
  /** What would be sent has an address or form whose effect cannot be told. */
  | 'BAD_SEND'
  /** No page under the approved root holds this plan, or row and plan disagree. */
  | 'PLAN_NOT_APPROVED'
  /** The derived effect is graver than the row that was signed, or than the step may have. */
  | 'EFFECT_TOO_GRAVE'
  /** Evidence that this would destroy is not sealed for the target yet. */
  | 'EVIDENCE_NOT_SEALED'
  /** Another serial number or UUID answers than the one that was planned for. */
  | 'WRONG_DEVICE'
  /** The BMC lets our login change its own password, and nothing else. */
  | 'PASSWORD_CHANGE_REQUIRED'
  /** The device is no longer as the plan saw it. */
  | 'PRECONDITION_FAILED'
  | 'OWN_ACCOUNT'
  | 'LAST_ADMINISTRATOR'
  /** A bounded rule would cover more than it may. */
  | 'EXTENT_TOO_LARGE'
  /** The step is done after the claim, and the device does not show it yet. */
  | 'NOT_SETTLED'
  /** A person has to do it, and to sign that it is done. */
  | 'AWAITS_PERSON'
  /** A fault of ours or of the disk; `cause` has it. */
  | 'INTERNAL';

/**
 * Thrown by the executor instead of an outcome. NOT_ATTEMPTED: under this key nothing was claimed, so nothing was sent. UNSETTLED: it was
 * claimed and may have been sent; only observing goes on. Neither is a verdict. `final` says that the next try would meet the same.
 */
export class ExecutorError extends Error {
  readonly code: 'NOT_ATTEMPTED' | 'UNSETTLED';
  readonly reason: Reason;
  readonly final: boolean;
  /** When the next try makes sense; null leaves it to who tries. */
  readonly retryAfterMs: number | null;
  /** For AWAITS_PERSON: the key that a signed `complete` names. */
  readonly order: Digest<'claim'> | null;

  constructor(
    code: 'NOT_ATTEMPTED' | 'UNSETTLED',
    reason: Reason,
    message: string,
    facts: { final: boolean; retryAfterMs?: number; order?: Digest<'claim'>; cause?: unknown },
  ) {
    super(message, { cause: facts.cause });
    this.name = 'ExecutorError';
    this.code = code;
    this.reason = reason;
    this.final = facts.final;
    this.retryAfterMs = facts.retryAfterMs ?? null;
    this.order = facts.order ?? null;
  }
}

/** Refuses before the claim, for a reason that no retry mends. */
export function refuse(reason: Reason, message: string): never {
  throw new ExecutorError('NOT_ATTEMPTED', reason, message, { final: true });
}
