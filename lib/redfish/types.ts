import type { Digest, Json, Time } from '../model/json.js';
import type { TlsVersion } from '../model/site.js';

/** What a login needs. `Credential` of lib/vault fits; the password is revealed once, for the login's body. */
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

/** A conversation with one BMC over one trusted connection, logged in or (credential null) not. */
export interface Connection {
  /** Canonical URI of our own session; null without a login. */
  readonly session: string | null;
  /** The user name that we logged in with; null without a login. */
  readonly userName: string | null;
  readonly peer: Digest<'spki'>;
  /** Version and cipher of the first handshake, as OpenSSL names them. */
  readonly tls: { readonly version: string; readonly cipher: string };
  /** Reads; retried when the connection failed or the BMC answered 5xx (500: once). Every HTTP status is an answer, but 401 within a session: UNAUTHORIZED. */
  readonly get: (uri: string) => Promise<Answer>;
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
  /** PEM of the authorities under which chain and host name must hold, besides the pin if there is one. */
  readonly ca?: string | null;
  /** TLS 1.2 when absent; older only as a target's recorded exception. */
  readonly minimum?: TlsVersion;
  /** Null: read without a login what the BMC shows to anyone. */
  readonly credential: Login | null;
  readonly mode: 'read-only' | 'read-write';
  readonly signal: AbortSignal;
  /** Awaited right before user name and password leave; when it throws, they stay here. */
  readonly onLogin?: () => Promise<void>;
  /** Awaited right after the login, before anything else is asked, so that the caller can write the session down. */
  readonly onSession?: (uri: string) => Promise<void>;
  /** URI of a session that a crash left behind: ended right after the login, when it still belongs to the same user name. */
  readonly leftOver?: string | null;
  /** Awaited when a session of ours, or the one left over, is known to be gone. Not called when a logout failed: the record then still holds. */
  readonly onSessionEnded?: (uri: string) => Promise<void>;
  readonly limits?: Partial<Limits>;
}

export interface Limits {
  /** TCP and TLS together. */
  readonly connectMs: number;
  /** Until the head of the answer is here, and once more until its body is. */
  readonly requestMs: number;
  readonly logoutMs: number;
  readonly bodyBytes: number;
  readonly headerBytes: number;
  readonly jsonDepth: number;
  readonly jsonValues: number;
  /** Pauses before the retries of a GET; their number is the number of retries. */
  readonly retryPausesMs: readonly number[];
}

export const LIMITS: Limits = {
  connectMs: 5_000,
  requestMs: 30_000,
  logoutMs: 5_000,
  bodyBytes: 64 * 1024 * 1024,
  headerBytes: 32 * 1024,
  jsonDepth: 64,
  jsonValues: 4_000_000,
  retryPausesMs: [250, 1_000],
};
