import { Client, type buildConnector } from 'undici';
import { time } from '../model/json.js';
import type { TlsSeen } from './pinned-connector.js';
import { RedfishError, type RedfishCode } from './errors.js';
import type { Exchange, Received, Streamed, StreamExchange } from './transport.js';
import type { Limits } from './types.js';

/** One connection to one BMC, opened when it is needed and again when it was lost; one request at a time. */
export interface Lane {
  /** `fresh`: the BMC is asked to close the connection after the answer. */
  exchange(exchange: Exchange, fresh: boolean): Promise<Received>;
  stream(exchange: StreamExchange, fresh: boolean): Promise<Streamed>;
  /** How many requests the connection has answered; 0 again when it is opened anew. */
  readonly answered: number;
  destroy(): Promise<void>;
}

export function openLane(origin: string, connect: buildConnector.connector, limits: Limits, seen: () => TlsSeen | null): Lane {
  let answered = 0;
  const client = new Client(origin, {
    pipelining: 1,
    connect,
    maxHeaderSize: limits.headerBytes,
    // The limits are ours (see `run`): undici's own tick by the second and do not bound the whole.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  client.on('connect', () => {
    answered = 0;
  });
  return {
    async exchange(exchange, fresh) {
      const received = await run({ client, seen }, exchange, fresh, limits.bodyBytes);
      answered += 1;
      return received;
    },
    stream: (exchange, fresh) => stream({ client, seen }, exchange, fresh),
    get answered() {
      return answered;
    },
    destroy: () => client.destroy(),
  };
}

interface Line {
  readonly client: Client;
  readonly seen: () => TlsSeen | null;
}

/** A whole answer, held in memory. */
async function run(line: Line, exchange: Exchange, fresh: boolean, bytes: number): Promise<Received> {
  const startedAt = time(Date.now());
  const { chunks, ...head } = await stream(line, { ...exchange, bytes }, fresh);
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return { ...head, body: Buffer.concat(parts), startedAt, endedAt: time(Date.now()) };
}

async function stream({ client, seen }: Line, exchange: StreamExchange, fresh: boolean): Promise<Streamed> {
  const { method, path, headers, body, signal } = exchange;
  if (signal.aborted) throw new RedfishError('ABORTED', `${method} ${path} was not sent: the caller gave up`, { uri: path, sent: false });
  const watch = watchOver(exchange);
  try {
    const response = await client.request({ method, path, headers: { ...headers }, body, signal: watch.signal, reset: fresh });
    const status = response.statusCode;
    const peer = seen()?.peer;
    if (peer === undefined) throw new RangeError('an answer came over a connection that showed no key');
    return { status, headers: flatten(response.headers), peer, chunks: pieces(response.body, status, exchange, watch) };
  } catch (cause) {
    watch.end();
    throw failure(cause, exchange, watch.late(), null);
  }
}

/** What ends a request: its caller, its two limits. */
interface Watch {
  readonly signal: AbortSignal;
  readonly late: () => boolean;
  /** Something came: the quiet begins anew. */
  readonly heard: () => void;
  readonly end: () => void;
}

function watchOver({ signal, quietMs, totalMs }: Exchange): Watch {
  // A controller of our own: signals made by AbortSignal.any pile up on a signal that lives as long as a crawl.
  const control = new AbortController();
  let late = false;
  const expire = (): void => {
    late = true;
    control.abort();
  };
  const abort = (): void => control.abort();
  signal.addEventListener('abort', abort, { once: true });
  // Whoever drops an answer unread has no end to call: the timers then keep nothing alive.
  const total = setTimeout(expire, totalMs).unref();
  const quiet = setTimeout(expire, quietMs).unref();
  return {
    signal: control.signal,
    late: () => late,
    heard: () => void quiet.refresh(),
    end: () => {
      clearTimeout(quiet);
      clearTimeout(total);
      signal.removeEventListener('abort', abort);
    },
  };
}

/** The body as it comes, to its end or the first limit. */
async function* pieces(body: AsyncIterable<unknown>, status: number, exchange: StreamExchange, watch: Watch): AsyncGenerator<Uint8Array> {
  const { path, bytes } = exchange;
  let size = 0;
  watch.heard();
  try {
    for await (const chunk of body) {
      if (!(chunk instanceof Uint8Array)) continue;
      watch.heard();
      size += chunk.length;
      // Leaving the loop destroys the body and with it the connection.
      if (size > bytes)
        throw new RedfishError('BODY_TOO_LARGE', `the answer to ${path} is larger than ${bytes} bytes; it was cut off`, {
          uri: path,
          sent: true,
        });
      yield chunk;
    }
  } catch (cause) {
    throw failure(cause, exchange, watch.late(), status);
  } finally {
    watch.end();
  }
}

function failure(cause: unknown, { method, path, signal }: Exchange, late: boolean, status: number | null): RedfishError {
  if (cause instanceof RedfishError)
    return new RedfishError(cause.code, cause.message, { uri: path, sent: cause.sent, peer: cause.peer, cause: cause.cause });
  const why = (code: RedfishCode, text: string): RedfishError =>
    new RedfishError(code, `${method} ${path}: ${text}`, { uri: path, sent: 'unknown', status, cause });
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
