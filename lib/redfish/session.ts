import { RedfishError, type RedfishCode, type Sent } from './errors.js';
import { linkAt, readJson, textAt } from './json.js';
import { messageIdsOf } from './messages.js';
import type { Exchange, Received, Transport } from './transport.js';
import type { Answer, Limits, Login } from './types.js';
import { canonicalUri, wirePath } from './uri.js';

/** A login of ours. The token stays inside lib/redfish: it is put on requests to the same origin and nowhere else. */
export interface Session {
  readonly uri: string;
  readonly token: string;
}

export const COMMON_HEADERS = { accept: 'application/json, application/xml;q=0.9, */*;q=0.8', 'odata-version': '4.0' } as const;

/**
 * Logs in at the Sessions collection that the service root names. A BMC that has no such collection (iDRAC 8) is refused: Basic would open a
 * session and write a log entry per request. The caller's signal does not cut the login short: a session whose answer we never saw could
 * not be ended. It gets `logoutMs` to answer once the signal has fired.
 */
export async function login(
  transport: Transport,
  root: Pick<Answer, 'uri' | 'json'>,
  credential: Login,
  limits: Limits,
  signal: AbortSignal,
): Promise<Session> {
  const uri = linkAt(root, 'Links', 'Sessions');
  if (uri === null)
    throw refusal('LOGIN_FAILED', root.uri, false, null, 'the service root names no Sessions collection, and Basic is not used');
  const received = await patient(signal, limits, (own) =>
    transport.exchange({
      method: 'POST',
      path: wirePath(uri),
      headers: { ...COMMON_HEADERS, 'content-type': 'application/json' },
      body: JSON.stringify({ UserName: credential.userName, Password: credential.password.reveal() }),
      headMs: limits.requestMs,
      totalMs: limits.requestMs,
      signal: own,
    }),
  );
  return sessionOf(received, uri, limits);
}

/** Ends a session of ours. True when it is gone: ended now, or no longer known. Tried twice, since a kept-alive socket may just have closed. */
export async function logout(transport: Transport, session: Session, limits: Limits): Promise<boolean> {
  const deadline = AbortSignal.timeout(limits.logoutMs);
  const request: Exchange = {
    method: 'DELETE',
    path: wirePath(session.uri),
    headers: { ...COMMON_HEADERS, 'x-auth-token': session.token },
    body: null,
    headMs: limits.logoutMs,
    totalMs: limits.logoutMs,
    signal: deadline,
  };
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      const { status } = await transport.exchange(request);
      return (status >= 200 && status < 300) || status === 401 || status === 404 || status === 410;
    } catch {
      // Again, within the same deadline; after it the session ends by the BMC's own idle timeout.
    }
  }
  return false;
}

/** Runs an exchange that the caller's signal may only hurry, not cut. */
async function patient<T>(signal: AbortSignal, limits: Limits, run: (own: AbortSignal) => Promise<T>): Promise<T> {
  const own = new AbortController();
  let grace: NodeJS.Timeout | undefined;
  const hurry = (): void => {
    grace = setTimeout(() => own.abort(), limits.logoutMs);
  };
  signal.addEventListener('abort', hurry, { once: true });
  try {
    return await run(own.signal);
  } finally {
    signal.removeEventListener('abort', hurry);
    clearTimeout(grace);
  }
}

function sessionOf(received: Received, sessions: string, limits: Limits): Session {
  const { status, headers } = received;
  const { json } = readJson(received.body, headers.get('content-encoding'), limits);
  const messageIds = messageIdsOf(json);
  if (status === 401 || status === 403)
    throw refusal('LOGIN_REFUSED', sessions, true, status, 'the BMC refused user name or password', messageIds);
  if (messageIds.some((id) => SESSION_LIMITS.test(id)))
    throw refusal(
      'SESSION_LIMIT',
      sessions,
      true,
      status,
      'the BMC has no room for another session; end one, or wait for its idle timeout',
      messageIds,
    );
  const token = headers.get('x-auth-token');
  const uri = sessionUri(headers.get('location'), sessions) ?? canonicalUri(textAt(json ?? undefined, '@odata.id') ?? '', sessions);
  if (status < 200 || status >= 300 || token === undefined || !TOKEN.test(token) || uri === null)
    throw refusal('LOGIN_FAILED', sessions, true, status, `the login was answered with status ${status} and without a session`, messageIds);
  return { uri, token };
}

/** Longer than any token, and short enough for every header limit on the way back. */
const TOKEN = /^[\x21-\x7e]{1,4096}$/;

/** Dell: RAC0218 (503). HPE and others: Base SessionLimitExceeded. */
const SESSION_LIMITS = /(?:^|\.)(?:RAC0218|SessionLimitExceeded)$/;

/** Only the path counts: iLO writes its own host name into Location, and what we send goes to the address we pinned. */
function sessionUri(location: string | undefined, sessions: string): string | null {
  if (location === undefined) return null;
  const path = location.replace(/^https?:\/\/[^/]*/i, '');
  const uri = canonicalUri(path, sessions);
  return uri !== null && uri.startsWith(`${sessions}/`) ? uri : null;
}

function refusal(
  code: RedfishCode,
  uri: string,
  sent: Sent,
  status: number | null,
  text: string,
  messageIds: readonly string[] = [],
): RedfishError {
  return new RedfishError(code, `login at ${uri}: ${text}`, { uri, sent, status, messageIds });
}
