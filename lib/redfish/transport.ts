import { Agent } from 'undici';
import { time, type Digest, type Time } from '../model/json.js';
import { pinnedConnector } from './pinned-connector.js';
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
  readonly startedAt: Time;
  readonly endedAt: Time;
}

/** One request whose answer is too large to hold. */
export interface StreamExchange extends Exchange {
  /** Until the next piece of the body is here. */
  readonly idleMs: number;
  readonly bytes: number;
}

/** Its answer: the head, and the body as it comes. The chunks must be read, once, to their end or their error. */
export interface Streamed extends Pick<Received, 'status' | 'headers'> {
  readonly chunks: AsyncIterable<Uint8Array>;
}

export interface Transport {
  /** Throws a {@link RedfishError} whose `sent` is false only when not one byte of the request left. */
  exchange(exchange: Exchange): Promise<Received>;
  /** Throws like `exchange`, and so do the chunks. */
  stream(exchange: StreamExchange): Promise<Streamed>;
  destroy(): Promise<void>;
}

/** One connection at a time to one BMC, pinned: a peer with another key sees a TLS handshake and nothing else. */
export function openTransport(origin: string, pin: Digest<'spki'>, limits: Limits): Transport {
  const agent = new Agent({
    connections: 1,
    pipelining: 1,
    connect: pinnedConnector(pin, limits.connectMs),
    maxHeaderSize: limits.headerBytes,
    // Both limits are ours (see `exchange`): undici's own tick by the second and do not bound the whole.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    exchange: (exchange) => run(agent, origin, exchange, limits.bodyBytes),
    stream: (exchange) => stream(agent, origin, exchange),
    destroy: () => agent.destroy(),
  };
}

async function run(agent: Agent, origin: string, exchange: Exchange, bodyBytes: number): Promise<Received> {
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
    return { status: response.statusCode, headers: flatten(response.headers), body: bytes, startedAt, endedAt: time(Date.now()) };
  } catch (cause) {
    throw failure(cause, exchange, late);
  } finally {
    clearTimeout(head);
    clearTimeout(total);
    signal.removeEventListener('abort', abort);
  }
}

async function stream(agent: Agent, origin: string, exchange: StreamExchange): Promise<Streamed> {
  const { method, path, headers, body, headMs, totalMs, idleMs, signal } = exchange;
  if (signal.aborted) throw new RedfishError('ABORTED', `${method} ${path} was not sent: the caller gave up`, { uri: path, sent: false });
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
  const end = (): void => {
    clearTimeout(head);
    clearTimeout(total);
    signal.removeEventListener('abort', abort);
  };
  try {
    const response = await agent.request({ origin, method, path, headers: { ...headers }, body, signal: control.signal });
    clearTimeout(head);
    const idle = setTimeout(expire, idleMs);
    const finish = (): void => {
      clearTimeout(idle);
      end();
    };
    const failed = (cause: unknown): RedfishError => failure(cause, exchange, late);
    const chunks = pieces(response.body, exchange, { arrived: () => idle.refresh(), failed, finish });
    return { status: response.statusCode, headers: flatten(response.headers), chunks };
  } catch (cause) {
    end();
    throw failure(cause, exchange, late);
  }
}

interface Watch {
  readonly arrived: () => unknown;
  readonly failed: (cause: unknown) => RedfishError;
  readonly finish: () => void;
}

async function* pieces(body: AsyncIterable<unknown>, { path, bytes }: StreamExchange, watch: Watch): AsyncGenerator<Uint8Array> {
  let size = 0;
  try {
    for await (const chunk of body) {
      watch.arrived();
      if (!(chunk instanceof Uint8Array)) continue;
      size += chunk.length;
      if (size > bytes)
        throw new RedfishError('BODY_TOO_LARGE', `the file ${path} is larger than ${bytes} bytes; it was cut off`, {
          uri: path,
          sent: true,
        });
      yield chunk;
    }
  } catch (cause) {
    throw watch.failed(cause);
  } finally {
    watch.finish();
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
    return new RedfishError(cause.code, cause.message, { uri: path, sent: cause.sent, cause: cause.cause });
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
