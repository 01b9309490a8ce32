import { setTimeout as pause } from 'node:timers/promises';
import { answerOf } from './answer.js';
import { echoesSecret } from './echo.js';
import { RedfishError, type RedfishCode } from './errors.js';
import { messageIdsOf } from './messages.js';
import { passingOf, retryAfterMs } from './passing.js';
import { COMMON_HEADERS, type Session } from './session.js';
import type { Exchange, Received, Transport } from './transport.js';
import type { Answer, Limits } from './types.js';
import { canonicalUri, spelledUri, wirePath } from './uri.js';

export const ROOT = '/redfish/v1';
const MAX_REDIRECTS = 3;

/** What the requests of one conversation share. */
export interface Wire {
  readonly transport: Transport;
  readonly origin: string;
  readonly limits: Limits;
  /** Fires when the caller gives up or closes; the logout does not listen to it. */
  readonly ended: AbortSignal;
  /** What must not come back in an answer; null without a credential. */
  readonly password: () => string | null;
  session: Session | null;
  /** The Authorization header, where the BMC has no sessions. */
  basic: string | null;
  /** The BMC refused our password under Basic: it is not sent again. */
  refused: boolean;
  closed: boolean;
  /** What is left of `patienceMs`. */
  patienceMs: number;
}

/** One GET, with its redirects inside the BMC and its retries. */
export async function get(wire: Wire, link: string): Promise<Answer> {
  const { received, uri, path } = await follow(wire, link);
  return check(wire, answerOf(received, uri, canonicalUri(path, ROOT) ?? uri, received.peer, wire.limits));
}

/** What the same GET is answered with, its status alone; `as` nobody, without what we log in with. */
export async function statusOf(wire: Wire, link: string, as: 'ourselves' | 'nobody'): Promise<number> {
  const { received } = await follow(as === 'nobody' ? { ...wire, session: null, basic: null } : wire, link);
  return received.status;
}

interface Followed {
  readonly received: Received;
  /** Canonical, as asked. */
  readonly uri: string;
  /** What answered. */
  readonly path: string;
}

async function follow(wire: Wire, link: string): Promise<Followed> {
  const uri = canonicalUri(link, ROOT, wire.origin);
  if (uri === null) throw new RedfishError('BAD_URI', 'not a Redfish URI of this BMC', { uri: link, sent: false });
  let path = wirePath(uri);
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    const received = await insist(wire, path);
    const location = REDIRECTS.has(received.status) ? received.headers.get('location') : undefined;
    if (location === undefined) return { received, uri, path };
    const next = spelledUri(location, path, wire.origin);
    if (next === null) throw redirected(uri, received.status, 'to another place than this BMC; our token did not follow');
    path = next;
  }
  throw redirected(uri, null, `more than ${MAX_REDIRECTS} times`);
}

/** One request of any method, once, with our token, or password where there are no tokens. */
export async function request(
  wire: Wire,
  method: Exchange['method'],
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string | null,
  limitMs: number | null = null,
): Promise<Received> {
  if (wire.closed) throw new RedfishError('CLOSED', `${method} ${path} after the connection was closed`, { uri: path, sent: false });
  if (wire.refused)
    throw new RedfishError('LOGIN_REFUSED', `${method} ${path}: the BMC refused our password before; it is not sent again`, {
      uri: path,
      sent: false,
    });
  const received = await wire.transport.exchange({
    method,
    path,
    headers: { ...COMMON_HEADERS, ...headers, ...whoWeAre(wire) },
    body,
    quietMs: limitMs ?? wire.limits.requestMs,
    totalMs: limitMs ?? wire.limits.totalMs,
    signal: wire.ended,
  });
  if (received.status === 401 && wire.basic !== null) wire.refused = true;
  return received;
}

/** A 401 within a login of ours, as what it means. */
export function unauthorized(wire: Wire, method: string, { uri, json }: Pick<Answer, 'uri' | 'json'>): RedfishError {
  const facts = { uri, sent: true, status: 401, messageIds: messageIdsOf(json) } as const;
  return wire.refused
    ? new RedfishError('LOGIN_REFUSED', `${method} ${uri}: the BMC refused user name or password under Basic`, facts)
    : new RedfishError('UNAUTHORIZED', `${method} ${uri}: the BMC no longer takes our token; there is no second login`, facts);
}

/** The header that carries our login; none without one. */
export function whoWeAre({ session, basic }: Wire): Readonly<Record<string, string>> {
  if (session !== null) return { 'x-auth-token': session.token };
  return basic === null ? {} : { authorization: basic };
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const RETRIED: ReadonlySet<RedfishCode> = new Set<RedfishCode>(['UNREACHABLE', 'TIMEOUT', 'DROPPED']);

async function insist(wire: Wire, path: string): Promise<Received> {
  for (const [attempt, pauseMs] of wire.limits.retryPausesMs.entries()) {
    let waitMs = pauseMs;
    try {
      const received = await ask(wire, path);
      const passing = passingOf(received, wire.limits);
      if (passing === 'no' || (passing === 'resource' && attempt > 0)) return received;
      waitMs = patiently(wire, pauseMs, received);
    } catch (error) {
      if (!(error instanceof RedfishError && isRetried(error))) throw error;
    }
    await pause(waitMs, undefined, { signal: wire.ended }).catch(() => undefined);
  }
  return ask(wire, path);
}

/** An answer that began and did not end in time would do so again. */
function isRetried({ code, status }: RedfishError): boolean {
  return RETRIED.has(code) && !(code === 'TIMEOUT' && status !== null);
}

/** Retry-After is heard, but not for a year, and not with every answer of a long storm. */
function patiently(wire: Wire, pauseMs: number, { headers }: Received): number {
  const { retryAfterMs: longest } = wire.limits;
  const extra = Math.min(retryAfterMs(headers), longest, pauseMs + wire.patienceMs) - pauseMs;
  if (extra <= 0) return pauseMs;
  wire.patienceMs -= extra;
  return pauseMs + extra;
}

/** Compression would turn ETags weak, so none is asked for; some HPE Gen10 and later answer 406 to that for registries. */
async function ask(wire: Wire, path: string): Promise<Received> {
  const received = await request(wire, 'GET', path, { 'accept-encoding': 'identity' }, null);
  return received.status === 406 ? request(wire, 'GET', path, {}, null) : received;
}

function check(wire: Wire, answer: Answer): Answer {
  if (answer.status === 401 && (wire.session !== null || wire.basic !== null)) throw unauthorized(wire, 'GET', answer);
  const { uri, status } = answer;
  if (echoesSecret(answer, secretsOf(wire)))
    throw new RedfishError('SECRET_ECHOED', `${uri}: the answer holds our own token or password; it was not kept`, {
      uri,
      sent: true,
      status,
    });
  return answer;
}

function secretsOf({ session, basic, password }: Wire): readonly string[] {
  return [session?.token, basic?.replace('Basic ', ''), password()].filter((secret) => typeof secret === 'string');
}

function redirected(uri: string, status: number | null, where: string): RedfishError {
  return new RedfishError('REDIRECT', `${uri} redirects ${where}`, { uri, sent: true, status });
}
