import { Agent } from 'undici';
import { time, type Digest, type Time } from '../model/json.js';
import type { PeerConnector, TlsSeen } from './pinned-connector.js';
import { RedfishError, type RedfishCode } from './errors.js';
import type { Limits } from './types.js';

/** One HTTP request as it goes out; no redirect, no retry. */
export interface Exchange {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Until the head of the answer is here. */
  readonly headMs: number;
  /** Until the whole answer is here. */
  readonly totalMs: number;
  readonly signal: AbortSignal;
}

/** One HTTP answer with every header; only `headers` that evidence may hold leave lib/redfish. */
export interface Received {
  readonly status: number;
  /** Names in lower case; repeated ones joined with a comma. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
  /** SHA-256 of the public key that answered. */
  readonly peer: Digest<'spki'>;
  readonly startedAt: Time;
  readonly endedAt: Time;
}

export interface Transport {
  /** Throws a {@link RedfishError} whose `sent` is false only when not one byte of the request left. */
  exchange(exchange: Exchange): Promise<Received>;
  /** What the handshake showed; null before the first exchange. */
  seen(): TlsSeen | null;
  destroy(): Promise<void>;
}

/** One connection at a time to one BMC: a peer that the connector does not take sees a TLS handshake and nothing else. */
export function openTransport(origin: string, peer: PeerConnector, limits: Limits): Transport {
  const agent = new Agent({
    connections: 1,
    pipelining: 1,
    connect: peer.connect,
    maxHeaderSize: limits.headerBytes,
    // Both limits are ours (see `exchange`): undici's own tick by the second and do not bound the whole.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    exchange: (exchange) => run(agent, origin, exchange, limits.bodyBytes, () => peer.seen()),
    seen: () => peer.seen(),
    destroy: () => agent.destroy(),
  };
}

async function run(agent: Agent, origin: string, exchange: Exchange, bodyBytes: number, seen: Transport['seen']): Promise<Received> {
  const { method, path, headers, body, headMs, totalMs, signal } = exchange;
  if (signal.aborted) throw new RedfishError('ABORTED', `${method} ${path} was not sent: the caller gave up`, { uri: path, sent: false });
  const startedAt = time(Date.now());
  // A controller of our own: signals made by AbortSignal.any pile up on a signal that lives as long as a crawl.
  const control = new AbortController();
  let late = false;
  const expire = (): void => {
    late = true;
    control.abort();
  };
  const abort = (): void => control.abort();
  signal.addEventListener('abort', abort, { once: true });
  const total = setTimeout(expire, totalMs);
  const head = setTimeout(expire, headMs);
  try {
    const response = await agent.request({ origin, method, path, headers: { ...headers }, body, signal: control.signal });
    clearTimeout(head);
    const bytes = await read(response.body, bodyBytes, path);
    const peer = seen()?.peer;
    if (peer === undefined) throw new RangeError('an answer came over a connection that showed no key');
    return { status: response.statusCode, headers: flatten(response.headers), body: bytes, peer, startedAt, endedAt: time(Date.now()) };
  } catch (cause) {
    throw failure(cause, exchange, late);
  } finally {
    clearTimeout(head);
    clearTimeout(total);
    signal.removeEventListener('abort', abort);
  }
}

async function read(body: AsyncIterable<unknown>, limit: number, path: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    if (!(chunk instanceof Uint8Array)) continue;
    size += chunk.length;
    // Leaving the loop destroys the body and with it the connection.
    if (size > limit)
      throw new RedfishError('BODY_TOO_LARGE', `the answer to ${path} is larger than ${limit} bytes; it was cut off`, {
        uri: path,
        sent: true,
      });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

function failure(cause: unknown, { method, path, signal }: Exchange, late: boolean): RedfishError {
  if (cause instanceof RedfishError)
    return new RedfishError(cause.code, cause.message, { uri: path, sent: cause.sent, peer: cause.peer, cause: cause.cause });
  const why = (code: RedfishCode, text: string): RedfishError =>
    new RedfishError(code, `${method} ${path}: ${text}`, { uri: path, sent: 'unknown', cause });
  if (signal.aborted) return why('ABORTED', 'the caller gave up');
  if (late) return why('TIMEOUT', 'no whole answer within the limit');
  return why('DROPPED', 'the connection ended before the whole answer was here');
}

function flatten(headers: Readonly<Record<string, string | string[] | undefined>>): Map<string, string> {
  const flat = new Map<string, string>();
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) flat.set(name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value);
  return flat;
}
