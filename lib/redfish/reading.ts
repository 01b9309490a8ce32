import { setTimeout as pause } from 'node:timers/promises';
import { answerOf } from './answer.js';
import { RedfishError, type RedfishCode } from './errors.js';
import { messageIdsOf } from './messages.js';
import { COMMON_HEADERS, type Session } from './session.js';
import type { Exchange, Received, Transport } from './transport.js';
import type { Answer, Limits } from './types.js';
import { canonicalUri, spelledUri, wirePath } from './uri.js';

export const ROOT = '/redfish/v1';
const MAX_REDIRECTS = 3;

/** What the requests of one connection share. */
export interface Wire {
  readonly transport: Transport;
  readonly origin: string;
  readonly limits: Limits;
  /** Fires when the caller gives up or closes; the logout does not listen to it. */
  readonly ended: AbortSignal;
  session: Session | null;
  closed: boolean;
}

/** One GET, with its redirects inside the BMC and its retries. */
export async function get(wire: Wire, link: string): Promise<Answer> {
  const uri = canonicalUri(link, ROOT, wire.origin);
  if (uri === null) throw new RedfishError('BAD_URI', 'not a Redfish URI of this BMC', { uri: link, sent: false });
  let path = wirePath(uri);
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    const received = await insist(wire, path);
    const location = REDIRECTS.has(received.status) ? received.headers.get('location') : undefined;
    if (location === undefined) return check(wire, answerOf(received, uri, canonicalUri(path, ROOT) ?? uri, received.peer, wire.limits));
    const next = spelledUri(location, path, wire.origin);
    if (next === null) throw redirected(uri, received.status, 'to another place than this BMC; our token did not follow');
    path = next;
  }
  throw redirected(uri, null, `more than ${MAX_REDIRECTS} times`);
}

/** One request of any method, once, with our token. */
export async function request(
  wire: Wire,
  method: Exchange['method'],
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string | null,
  limitMs: number | null = null,
): Promise<Received> {
  if (wire.closed) throw new RedfishError('CLOSED', `${method} ${path} after the connection was closed`, { uri: path, sent: false });
  const token = wire.session === null ? {} : { 'x-auth-token': wire.session.token };
  const headMs = limitMs ?? wire.limits.requestMs;
  const totalMs = limitMs ?? wire.limits.requestMs * 2;
  return wire.transport.exchange({
    method,
    path,
    headers: { ...COMMON_HEADERS, ...headers, ...token },
    body,
    headMs,
    totalMs,
    signal: wire.ended,
  });
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const RETRIED: ReadonlySet<RedfishCode> = new Set<RedfishCode>(['UNREACHABLE', 'TIMEOUT', 'DROPPED']);

async function insist(wire: Wire, path: string): Promise<Received> {
  for (const [attempt, pauseMs] of wire.limits.retryPausesMs.entries()) {
    try {
      const received = await ask(wire, path);
      if (!isPassing(received.status, attempt)) return received;
    } catch (error) {
      if (!(error instanceof RedfishError && RETRIED.has(error.code))) throw error;
    }
    await pause(pauseMs, undefined, { signal: wire.ended }).catch(() => undefined);
  }
  return ask(wire, path);
}

/** A 500 is tried again once: on most BMCs it is the resource, advertised and broken, and not the moment. */
function isPassing(status: number, attempt: number): boolean {
  return status >= 500 && status !== 501 && (status !== 500 || attempt === 0);
}

/** Compression would turn ETags weak, so none is asked for; some HPE Gen10 and later answer 406 to that for registries. */
async function ask(wire: Wire, path: string): Promise<Received> {
  const received = await request(wire, 'GET', path, { 'accept-encoding': 'identity' }, null);
  return received.status === 406 ? request(wire, 'GET', path, {}, null) : received;
}

function check(wire: Wire, answer: Answer): Answer {
  if (answer.status !== 401 || wire.session === null) return answer;
  throw new RedfishError('UNAUTHORIZED', `GET ${answer.uri}: the BMC no longer takes our token; there is no second login`, {
    uri: answer.uri,
    sent: true,
    status: 401,
    messageIds: messageIdsOf(answer.json),
  });
}

function redirected(uri: string, status: number | null, where: string): RedfishError {
  return new RedfishError('REDIRECT', `${uri} redirects ${where}`, { uri, sent: true, status });
}
