import { RedfishError, type RedfishCode, type Sent } from './errors.js';
import { at, linkAt, readJson, textAt } from './json.js';
import { isErrorBody, messageIdsOf, saysLockedOut, saysSessionLimit } from './messages.js';
import { isNotReady } from './passing.js';
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
 * Logs in at the Sessions collection that the service root names; null when this BMC has no sessions: the root names none, or the POST is
 * answered with 404, 405 or 501 (iDRAC 8: 405, idrac_exporter#132). The caller's signal does not cut the login short: a session whose
 * answer we never saw could not be ended. It gets `logoutMs` to answer once the signal has fired.
 */
export async function login(
  transport: Transport,
  root: Answer,
  credential: Login,
  limits: Limits,
  signal: AbortSignal,
): Promise<Session | null> {
  requireServiceRoot(root);
  const uri = linkAt(root, 'Links', 'Sessions');
  if (uri === null && at(root.json ?? undefined, 'Links', 'Sessions') !== undefined)
    throw refusal('LOGIN_FAILED', root.uri, false, null, 'the service root leads to another place to log in; no password was sent');
  if (uri === null) return null;
  const received = await patient(signal, limits, (own) =>
    transport.exchange({
      method: 'POST',
      path: wirePath(uri),
      headers: { ...COMMON_HEADERS, 'content-type': 'application/json' },
      body: JSON.stringify({ UserName: credential.userName, Password: credential.password.reveal() }),
      quietMs: limits.requestMs,
      totalMs: limits.requestMs,
      signal: own,
    }),
  );
  return NO_SESSIONS.has(received.status) ? null : sessionOf(received, uri, limits);
}

const NO_SESSIONS = new Set([404, 405, 501]);

/** The Authorization header for a BMC without sessions. */
export function basicOf({ userName, password }: Login): string {
  return `Basic ${Buffer.from(`${userName}:${password.reveal()}`).toString('base64')}`;
}

/** Ends a session of ours. True when it is gone: ended now, or no longer known. Tried twice, since a kept-alive socket may just have closed. */
export async function logout(transport: Transport, session: Session, limits: Limits): Promise<boolean> {
  const deadline = AbortSignal.timeout(limits.logoutMs);
  const request: Exchange = {
    method: 'DELETE',
    path: wirePath(session.uri),
    headers: { ...COMMON_HEADERS, 'x-auth-token': session.token },
    body: null,
    quietMs: limits.logoutMs,
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

/** A password goes to a Redfish service only: not to a web page, a proxy's error, or a BMC that is still starting. */
function requireServiceRoot({ uri, status, json }: Answer): void {
  const messageIds = messageIdsOf(json);
  if (isNotReady(status, messageIds))
    throw refusal('BUSY', uri, false, status, 'the BMC says that it is not ready; no password was sent', messageIds);
  if (status !== 200 || isErrorBody(json) || !SAYS_ROOT.some((name) => at(json ?? undefined, name) !== undefined))
    throw refusal('LOGIN_FAILED', uri, false, status, 'what answers there is no Redfish service root; no password was sent', messageIds);
}

/** Each service root has one of these, however old or odd. */
const SAYS_ROOT = ['Links', 'RedfishVersion', '@odata.type'];

function sessionOf(received: Received, sessions: string, limits: Limits): Session {
  const { status, headers } = received;
  const { json } = readJson(received.body, headers.get('content-encoding'), limits);
  const messageIds = messageIdsOf(json);
  const refused = (code: RedfishCode, text: string): RedfishError => refusal(code, sessions, true, status, text, messageIds);
  // By message first: iLO says with one and the same 401 that the password is wrong and that it takes none for a while.
  if (saysLockedOut(messageIds))
    throw refused('LOCKED_OUT', 'the BMC takes no login for a while; wait for its lock-out to pass before anything logs in again');
  if (saysSessionLimit(messageIds))
    throw refused('SESSION_LIMIT', 'the BMC has no room for another session; end one, or wait for its idle timeout');
  if (status === 401 || status === 403) throw refused('LOGIN_REFUSED', 'the BMC refused user name or password');
  if (isNotReady(status, messageIds)) throw refused('BUSY', 'the BMC says that it is not ready for a login');
  const token = headers.get('x-auth-token');
  const uri = sessionUri(headers.get('location'), sessions) ?? canonicalUri(textAt(json ?? undefined, '@odata.id') ?? '', sessions);
  if (status < 200 || status >= 300 || token === undefined || !TOKEN.test(token) || uri === null)
    throw refused('LOGIN_FAILED', `the login was answered with status ${status} and without a session`);
  return { uri, token };
}

/** Longer than any token, and short enough for every header limit on the way back. */
const TOKEN = /^[\x21-\x7e]{1,4096}$/;

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
