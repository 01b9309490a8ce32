import { answerOf } from './answer.js';
import { download, DOWNLOAD_LIMITS } from './download.js';
import { RedfishError } from './errors.js';
import { textAt } from './json.js';
import { vendorOf } from './vendors/vendors.js';
import { trustedPeer, type TlsSeen } from './pinned-connector.js';
import { get, request, ROOT, statusOf, unauthorized, type Wire } from './reading.js';
import { basicOf, login, logout } from './session.js';
import { openTransport } from './transport.js';
import { LIMITS, MOST_CONNECTIONS, type Answer, type Change, type ConnectOptions, type Connection, type Login } from './types.js';
import { canonicalUri } from './uri.js';

/**
 * Connects to a BMC that a pin, an authority or both vouch for, reads its service root and, given a credential, logs in. What the caller gets must be closed, on
 * every path. When this function throws, it has logged out itself.
 */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const { signal, credential } = options;
  const limits = { ...LIMITS, ...options.limits };
  const origin = originOf(options.address);
  const trust = { pin: options.pin, orPin: options.orPin ?? null, ca: options.ca ?? null, minimum: options.minimum ?? 'TLSv1.2' };
  if (trust.pin === null && trust.ca === null)
    throw new RedfishError('NO_TRUST', `${origin} has neither a pin nor an authority that vouches for it; nothing was sent`, {
      uri: ROOT,
      sent: false,
    });
  const ended = new AbortController();
  const wire: Wire = {
    transport: openTransport(origin, trustedPeer(trust, limits.connectMs), limits),
    origin,
    limits,
    ended: ended.signal,
    password: () => credential?.password.reveal() ?? null,
    session: null,
    basic: null,
    refused: false,
    closed: false,
    patienceMs: limits.patienceMs,
  };
  const end = (): void => ended.abort();
  signal.addEventListener('abort', end, { once: true });
  let closing: Promise<void> | null = null;
  let tls: TlsSeen | null = null;
  const close = (): Promise<void> => {
    signal.removeEventListener('abort', end);
    wire.closed = true;
    end();
    closing ??= leave(wire, options).catch(() => undefined);
    return closing;
  };
  let connections = 1;
  try {
    if (signal.aborted) throw new RedfishError('ABORTED', 'the caller gave up before the connection', { uri: ROOT, sent: false });
    const root = await get(wire, ROOT);
    if (credential !== null) await enter(wire, root, credential, options);
    // Under Basic each request carries the password: the first that is refused must be the last.
    if (wire.basic === null) connections = Math.max(1, Math.min(options.connections ?? vendorOf(root.json).connections, MOST_CONNECTIONS));
    wire.transport.allow(connections);
    tls = wire.transport.seen();
  } catch (error) {
    await close();
    throw error;
  }
  if (tls === null) throw new RangeError('the service root was read over a connection that showed no key');
  return {
    auth: wire.session !== null ? 'session' : wire.basic !== null ? 'basic' : 'none',
    session: wire.session?.uri ?? null,
    userName: credential?.userName ?? null,
    peer: tls.peer,
    tls: { version: tls.version, cipher: tls.cipher, chain: tls.chain },
    connections,
    get localAddress() {
      return wire.transport.localAddress;
    },
    get: (uri) => get(wire, uri),
    status: (uri, as) => statusOf(wire, uri, as),
    download: (path) => download(wire, path, { ...DOWNLOAD_LIMITS, ...options.downloadLimits }),
    send: (change) => send(wire, change, options.mode),
    close,
  };
}

async function enter(wire: Wire, root: Answer, credential: Login, options: ConnectOptions): Promise<void> {
  await options.onLogin?.();
  wire.session = await login(wire.transport, root, credential, wire.limits, options.signal);
  if (wire.session === null) {
    wire.basic = basicOf(credential);
    return;
  }
  await options.onSession?.(wire.session.uri);
  if (options.signal.aborted)
    throw new RedfishError('ABORTED', 'the caller gave up during the login', { uri: wire.session.uri, sent: true });
  for (const leftOver of options.leftOver ?? [])
    if (leftOver !== wire.session.uri && (await endLeftOver(wire, leftOver, credential.userName))) await options.onSessionEnded?.(leftOver);
}

/** True when the recorded session is gone. A BMC may give its number to somebody else, so the name is looked at first. */
async function endLeftOver(wire: Wire, uri: string, userName: string): Promise<boolean> {
  try {
    const answer = await get(wire, uri);
    if (answer.status === 404 || answer.status === 410) return true;
    if (answer.status !== 200) return false;
    if (textAt(answer.json ?? undefined, 'UserName') !== userName) return true;
    const { status } = await request(wire, 'DELETE', uri, {}, null);
    return (status >= 200 && status < 300) || status === 404 || status === 410;
  } catch (error) {
    // Housekeeping: the session ends by itself some day, and the work at hand may go on unless the connection is lost.
    if (error instanceof RedfishError && error.code !== 'ABORTED' && error.code !== 'UNAUTHORIZED') return false;
    throw error;
  }
}

async function leave(wire: Wire, options: ConnectOptions): Promise<void> {
  try {
    const { session } = wire;
    if (session !== null && (await logout(wire.transport, session, wire.limits))) await options.onSessionEnded?.(session.uri);
  } finally {
    await wire.transport.destroy();
  }
}

async function send(wire: Wire, change: Change, mode: ConnectOptions['mode']): Promise<Answer> {
  const { method, body, ifMatch, limitMs } = change;
  const uri = canonicalUri(change.uri, ROOT, wire.origin);
  if (uri === null) throw new RedfishError('BAD_URI', 'not a Redfish URI of this BMC', { uri: change.uri, sent: false });
  if (mode === 'read-only')
    throw new RedfishError('READ_ONLY', `${method} ${uri} on a connection that only reads; nothing was sent`, { uri, sent: false });
  const headers = {
    ...(body === null ? {} : { 'content-type': 'application/json' }),
    ...(ifMatch === null ? {} : { 'if-match': ifMatch }),
  };
  const received = await request(wire, method, uri, headers, body === null ? null : JSON.stringify(body), limitMs);
  const answer = answerOf(received, uri, uri, received.peer, wire.limits);
  if (answer.status === 401) throw unauthorized(wire, method, answer);
  return answer;
}

export function originOf(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (
    url?.protocol !== 'https:' ||
    url.pathname !== '/' ||
    url.search !== '' ||
    url.hash !== '' ||
    url.username !== '' ||
    url.password !== ''
  )
    throw new RedfishError('BAD_URI', 'expected an address of the form https://host[:port]', { uri: address, sent: false });
  return url.origin;
}
