import { Client, type buildConnector } from 'undici';
import { time } from '../model/json.js';
import { RedfishError, type RedfishCode } from './errors.js';
import type { Exchange, Received } from './transport.js';
import type { Limits } from './types.js';

/** One connection to one BMC, opened when it is needed and again when it was lost; one request at a time. */
export interface Lane {
  /** `fresh`: the BMC is asked to close the connection after the answer. */
  exchange(exchange: Exchange, fresh: boolean): Promise<Received>;
  /** How many requests the connection has answered; 0 again when it is opened anew. */
  readonly answered: number;
  destroy(): Promise<void>;
}

export function openLane(origin: string, connect: buildConnector.connector, limits: Limits): Lane {
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
      const received = await run(client, exchange, fresh, limits.bodyBytes);
      answered += 1;
      return received;
    },
    get answered() {
      return answered;
    },
    destroy: () => client.destroy(),
  };
}

async function run(client: Client, exchange: Exchange, fresh: boolean, bodyBytes: number): Promise<Received> {
  const { method, path, headers, body, quietMs, totalMs, signal } = exchange;
  if (signal.aborted) throw new RedfishError('ABORTED', `${method} ${path} was not sent: the caller gave up`, { uri: path, sent: false });
  const startedAt = time(Date.now());
  // A controller of our own: signals made by AbortSignal.any pile up on a signal that lives as long as a crawl.
  const control = new AbortController();
  let late = false;
  let status: number | null = null;
  const expire = (): void => {
    late = true;
    control.abort();
  };
  const abort = (): void => control.abort();
  signal.addEventListener('abort', abort, { once: true });
  const total = setTimeout(expire, totalMs);
  const quiet = setTimeout(expire, quietMs);
  try {
    const response = await client.request({ method, path, headers: { ...headers }, body, signal: control.signal, reset: fresh });
    status = response.statusCode;
    const bytes = await read(response.body, bodyBytes, path, quiet);
    return { status, headers: flatten(response.headers), body: bytes, startedAt, endedAt: time(Date.now()) };
  } catch (cause) {
    throw failure(cause, exchange, late, status);
  } finally {
    clearTimeout(quiet);
    clearTimeout(total);
    signal.removeEventListener('abort', abort);
  }
}

async function read(body: AsyncIterable<unknown>, limit: number, path: string, quiet: NodeJS.Timeout): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  quiet.refresh();
  for await (const chunk of body) {
    if (!(chunk instanceof Uint8Array)) continue;
    quiet.refresh();
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

function failure(cause: unknown, { method, path, signal }: Exchange, late: boolean, status: number | null): RedfishError {
  if (cause instanceof RedfishError)
    return new RedfishError(cause.code, cause.message, { uri: path, sent: cause.sent, cause: cause.cause });
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
