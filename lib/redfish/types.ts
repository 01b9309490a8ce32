import type { Digest, Json, Time } from '../model/json.js';
import type { Download, DownloadLimits } from './download.js';
import type { TlsVersion } from '../model/site.js';
import type { TlsSeen } from './pinned-connector.js';

/** What a login needs. `Credential` of lib/vault fits; the password is revealed for the login's body, and to look for it in answers. */
export interface Login {
  readonly userName: string;
  readonly password: { reveal(): string };
}

/** One whole HTTP answer, of any status. */
export interface Answer {
  /** Canonical URI that was asked. */
  readonly uri: string;
  /** Canonical URI that answered; differs from `uri` after a redirect within the BMC. */
  readonly answeredBy: string;
  readonly status: number;
  /** Allow-listed response headers, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** As the BMC wrote it: the header, else the body's `@odata.etag`; null when neither says anything. */
  readonly etag: string | null;
  /** The bytes of the body as they came over the wire. */
  readonly body: Uint8Array;
  /** The parsed body; null when it is empty or could not be read, and then `unread` says why. */
  readonly json: Json | null;
  readonly unread: 'NOT_JSON' | 'TOO_DEEP' | 'TOO_MANY_VALUES' | null;
  readonly startedAt: Time;
  readonly endedAt: Time;
  /** SHA-256 of the SubjectPublicKeyInfo of the connection that carried it. */
  readonly peer: Digest<'spki'>;
}

export interface Change {
  readonly method: 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly uri: string;
  /** Null sends no body. */
  readonly body: Json;
  /** Sent as If-Match, byte for byte; null sends none. */
  readonly ifMatch: string | null;
  /** Hard limit for the whole exchange; the request timeout when absent. */
  readonly limitMs?: number;
}

/** How a connection shows who it is. */
export type Auth = 'none' | 'session' | 'basic';

/** A conversation with one BMC over trusted connections, logged in or (credential null) not. */
export interface Connection {
  /** `basic`: the BMC has no sessions, and every request of ours is a login in its log. */
  readonly auth: Auth;
  /** Canonical URI of our own session; null without a login. */
  readonly session: string | null;
  /** The user name that we logged in with; null without a login. */
  readonly userName: string | null;
  readonly peer: Digest<'spki'>;
  /** Requests that this BMC bears at a time; more wait their turn. */
  readonly connections: number;
  /** Where we come from, as the BMC's logs may show us: `address:port` of our newest connection. */
  readonly localAddress: string | null;
  /** What the first handshake showed. */
  readonly tls: Pick<TlsSeen, 'version' | 'cipher' | 'chain'>;
  /**
   * Reads; retried when the connection failed or the BMC answered that it is not ready (5xx, 429, vendors' codes; a plain 500: once). Every
   * HTTP status is an answer, but 401 within a login of ours: UNAUTHORIZED, and under Basic LOGIN_REFUSED. SECRET_ECHOED when the answer
   * holds our own token or password: nothing of it comes back.
   */
  readonly get: (uri: string) => Promise<Answer>;
  /**
   * Only the status that a GET is answered with: as ourselves, whether the BMC still takes our token or not, or as nobody. A 401 is an answer here, and no
   * login that was refused.
   */
  readonly status: (uri: string, as: 'ourselves' | 'nobody') => Promise<number>;
  /** Reads a file that a resource names, as a stream; tried once. While it runs, nothing else can be asked. BAD_URI when it is no plain path on this BMC. */
  readonly download: (path: string) => Promise<Download>;
  /** Changes; sent at most once, never redirected. Throws READ_ONLY, before the network, on a connection that only reads. */
  readonly send: (change: Change) => Promise<Answer>;
  /** Logs out, whatever happened before, within its own short limit. Never throws; may be called again. */
  readonly close: () => Promise<void>;
}

export interface ConnectOptions {
  /** `https://host[:port]`. */
  readonly address: string;
  /** Null: no key is pinned; then `ca` must vouch for the peer, or nothing is sent. */
  readonly pin: Digest<'spki'> | null;
  /** Taken as well as the pin: the key of a certificate that was sent there and is not proven to be served yet. */
  readonly orPin?: Digest<'spki'> | null;
  /** PEM of the authorities under which chain and host name must hold, besides the pin if there is one. */
  readonly ca?: string | null;
  /** TLS 1.2 when absent; older only as a target's recorded exception. */
  readonly minimum?: TlsVersion;
  /** Null: read without a login what the BMC shows to anyone. */
  readonly credential: Login | null;
  readonly mode: 'read-only' | 'read-write';
  readonly signal: AbortSignal;
  /** So many requests at a time instead of what is known of the vendor, at most {@link MOST_CONNECTIONS}. */
  readonly connections?: number;
  /** Awaited right before user name and password leave; when it throws, they stay here. */
  readonly onLogin?: () => Promise<void>;
  /** Awaited right after the login, before anything else is asked, so that the caller can write the session down. */
  readonly onSession?: (uri: string) => Promise<void>;
  /** URIs of sessions that a crash left behind: ended right after the login, when they still belong to the same user name. */
  readonly leftOver?: readonly string[];
  /** Awaited when a session of ours, or one left over, is known to be gone. Not called when a logout failed: the record then still holds. */
  readonly onSessionEnded?: (uri: string) => Promise<void>;
  readonly limits?: Partial<Limits>;
  readonly downloadLimits?: Partial<DownloadLimits>;
}

export interface Limits {
  /** TCP and TLS together. */
  readonly connectMs: number;
  /** How long nothing may come: until the head of the answer is here, and then between two pieces of its body. */
  readonly requestMs: number;
  /** Until the whole of an answer is here, however steadily it drips. */
  readonly totalMs: number;
  readonly logoutMs: number;
  readonly bodyBytes: number;
  readonly headerBytes: number;
  readonly jsonDepth: number;
  readonly jsonValues: number;
  /** Pauses before the retries of a GET; their number is the number of retries. */
  readonly retryPausesMs: readonly number[];
  /** The longest pause that a Retry-After gets. */
  readonly retryAfterMs: number;
  /** All pauses that Retry-After makes longer, of one connection; once it is spent, only our own pauses count. */
  readonly patienceMs: number;
}

/** No BMC is asked for more at a time, whatever is known of it. */
export const MOST_CONNECTIONS = 4;

export const LIMITS: Limits = {
  connectMs: 5_000,
  // The slowest single answers that captures show took 18 to 23 s (facts/bmc.md B.0).
  requestMs: 30_000,
  totalMs: 60_000,
  logoutMs: 5_000,
  bodyBytes: 64 * 1024 * 1024,
  headerBytes: 32 * 1024,
  jsonDepth: 64,
  jsonValues: 4_000_000,
  retryPausesMs: [250, 1_000],
  retryAfterMs: 10_000,
  patienceMs: 60_000,
};
