import type { Digest } from '../model/json.js';

/** Why a conversation with a BMC failed; closed, so that callers branch on it. An HTTP error answer is not among them: it is an {@link Answer}. */
export type RedfishCode =
  /** No connection: refused, no route, no answer in time, reset while connecting. Nothing was sent. */
  | 'UNREACHABLE'
  /** The TLS handshake failed. Nothing was sent. */
  | 'TLS_FAILED'
  /** The peer's key is not the pinned one. Nothing was sent, and nothing secret may be sent until a person has looked. */
  | 'PIN_MISMATCH'
  /** The peer's certificate does not hold under the target's authority: chain, validity or name. Nothing was sent, as for PIN_MISMATCH. */
  | 'CA_MISMATCH'
  /** The target has neither a pin nor an authority: nobody has vouched for its key yet. Nothing was sent. */
  | 'NO_TRUST'
  /** No whole answer within the limit: nothing for too long, or (with a `status`) an answer that began and did not end. */
  | 'TIMEOUT'
  /** The connection ended in mid-answer, or the answer was not HTTP. */
  | 'DROPPED'
  /** The BMC refused user name or password. They were sent: count them as burned if the BMC is suspect. */
  | 'LOGIN_REFUSED'
  /** The BMC takes no login for a while, of this account or from this address. Another login would prolong it: wait, or unlock the account. */
  | 'LOCKED_OUT'
  /** The BMC has no room for another session. */
  | 'SESSION_LIMIT'
  /** The BMC says that it is not ready, for everything and after all retries: it starts, or is overloaded. */
  | 'BUSY'
  /** The login was answered, but not with a session (no token, no session URI, an unexpected status), or there is no service root to log in to. */
  | 'LOGIN_FAILED'
  /** The BMC no longer takes our token, or password under Basic. There is no second login and no fallback to Basic. */
  | 'UNAUTHORIZED'
  | 'BODY_TOO_LARGE'
  /** JSON nested deeper than the limit. */
  | 'TOO_DEEP'
  /** JSON with more values than the limit. */
  | 'TOO_MANY_VALUES'
  /** A body that had to be JSON is not. */
  | 'NOT_JSON'
  /** The answer holds our token or password. Its body is not handed on: evidence in clear never holds a secret. */
  | 'SECRET_ECHOED'
  /** A connection that only reads was asked to change something. Nothing was sent. */
  | 'READ_ONLY'
  /** The answer points to another origin, or redirects too often. The token did not follow. */
  | 'REDIRECT'
  /** The URI is not a Redfish URI of this BMC. Nothing was sent. */
  | 'BAD_URI'
  /** The caller's signal fired. */
  | 'ABORTED'
  /** The connection was closed before. Nothing was sent. */
  | 'CLOSED';

/** Whether the request left: `false` means provably not one byte of it did. */
export type Sent = boolean | 'unknown';

export interface RedfishFacts {
  readonly uri: string;
  readonly sent: Sent;
  /** The HTTP status behind the error, when there was an answer. */
  readonly status?: number | null;
  /** Message ids of the answer, when there was one. */
  readonly messageIds?: readonly string[];
  /** The key that the peer showed, when that is what was wrong. */
  readonly peer?: Digest<'spki'> | null;
  readonly cause?: unknown;
}

/** Thrown by everything in `lib/redfish`. A retry of anything but a read is right only when `sent` is `false`. */
export class RedfishError extends Error {
  readonly code: RedfishCode;
  readonly uri: string;
  readonly sent: Sent;
  readonly status: number | null;
  readonly messageIds: readonly string[];
  readonly peer: Digest<'spki'> | null;

  constructor(code: RedfishCode, message: string, facts: RedfishFacts) {
    super(message, { cause: facts.cause });
    this.name = 'RedfishError';
    this.code = code;
    this.uri = facts.uri;
    this.sent = facts.sent;
    this.status = facts.status ?? null;
    this.messageIds = facts.messageIds ?? [];
    this.peer = facts.peer ?? null;
  }
}

const LOST: ReadonlySet<RedfishCode> = new Set<RedfishCode>([
  'UNREACHABLE',
  'TLS_FAILED',
  'PIN_MISMATCH',
  'LOGIN_REFUSED',
  'CA_MISMATCH',
  'NO_TRUST',
  'UNAUTHORIZED',
  'BUSY',
  'ABORTED',
  'CLOSED',
]);

/** True when the error speaks of the connection and not of one URI: the next request would end the same way. */
export function isConnectionLost(error: RedfishError): boolean {
  return LOST.has(error.code);
}

const BURNING: ReadonlySet<string> = new Set<RedfishCode>([
  'LOGIN_REFUSED',
  'LOCKED_OUT',
  'UNAUTHORIZED',
  'PIN_MISMATCH',
  'CA_MISMATCH',
  'NO_TRUST',
]);

/** After these codes no further secret is sent to the device: what was sent counts as known to the attacker, and a person decides. */
export function burnsSecrets(code: string): boolean {
  return BURNING.has(code);
}
