import type { TlsVersion } from '../model/site.js';
import { originOf } from './client.js';
import { RedfishError } from './errors.js';
import { anyPeer, type TlsSeen } from './pinned-connector.js';
import { get, ROOT, type Wire } from './reading.js';
import { openTransport, type Exchange, type StreamExchange, type Transport } from './transport.js';
import { LIMITS, type Answer, type Limits } from './types.js';

export interface WitnessOptions {
  /** `https://host[:port]`. */
  readonly address: string;
  readonly minimum: TlsVersion;
  readonly signal: AbortSignal;
  readonly limits?: Partial<Limits>;
}

/** A look at whoever answers at an address, believed in nothing. */
export interface Witness {
  /** Who answered: the key, the chain, version and cipher. */
  readonly tls: TlsSeen;
  /** The service root, which was read to get a handshake at all. */
  readonly root: Answer;
  readonly get: (uri: string) => Promise<Answer>;
  readonly close: () => Promise<void>;
}

/**
 * Connects without asking who answers. It takes no credential, opens no session and can send nothing but GETs without body and token: what any
 * passer-by could read, and the certificates, as evidence of who sits there. All reads are held with one key.
 */
export async function witness(options: WitnessOptions): Promise<Witness> {
  const limits = { ...LIMITS, ...options.limits };
  const origin = originOf(options.address);
  const transport = readsOnly(openTransport(origin, anyPeer(options.minimum, limits.connectMs), limits));
  const ended = new AbortController();
  const end = (): void => ended.abort();
  options.signal.addEventListener('abort', end, { once: true });
  const wire: Wire = {
    transport,
    origin,
    limits,
    ended: ended.signal,
    password: () => null,
    session: null,
    basic: null,
    refused: false,
    closed: false,
    patienceMs: limits.patienceMs,
  };
  const close = async (): Promise<void> => {
    options.signal.removeEventListener('abort', end);
    wire.closed = true;
    await transport.destroy();
  };
  try {
    if (options.signal.aborted) throw new RedfishError('ABORTED', 'the caller gave up before the connection', { uri: ROOT, sent: false });
    const root = await get(wire, ROOT);
    const tls = transport.seen();
    if (tls === null) throw new RangeError('the service root was read over a connection that showed no key');
    return { tls, root, get: (uri) => get(wire, uri), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Whatever the code above comes to, nothing secret can pass here. */
function readsOnly(transport: Transport): Transport {
  const guarded =
    <E extends Exchange, T>(pass: (exchange: E) => Promise<T>) =>
    async (exchange: E): Promise<T> => {
      const names = Object.keys(exchange.headers).map((name) => name.toLowerCase());
      if (exchange.method === 'GET' && exchange.body === null && !names.some((name) => SECRET_HEADERS.has(name))) return pass(exchange);
      throw new RedfishError('READ_ONLY', `${exchange.method} ${exchange.path} to a peer that nobody vouches for; nothing was sent`, {
        uri: exchange.path,
        sent: false,
      });
    };
  return {
    ...transport,
    exchange: guarded((exchange) => transport.exchange(exchange)),
    stream: guarded((exchange: StreamExchange) => transport.stream(exchange)),
  };
}

const SECRET_HEADERS: ReadonlySet<string> = new Set(['x-auth-token', 'authorization', 'cookie']);
