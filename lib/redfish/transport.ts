import pLimit from 'p-limit';
import type { buildConnector } from 'undici';
import type { Digest, Time } from '../model/json.js';
import { RedfishError } from './errors.js';
import { openLane, type Lane } from './lane.js';
import type { PeerConnector, TlsSeen } from './pinned-connector.js';
import type { Limits } from './types.js';

/** One HTTP request as it goes out; no redirect, no retry. */
export interface Exchange {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** How long nothing may come: until the head of the answer is here, and then between two pieces of its body. */
  readonly quietMs: number;
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

/** One request whose answer is too large to hold. */
export interface StreamExchange extends Exchange {
  /** The most that its body may have. */
  readonly bytes: number;
}

/** Its answer: the head, and the body as it comes. The chunks must be read, once, to their end or their error. */
export interface Streamed extends Pick<Received, 'status' | 'headers' | 'peer'> {
  readonly chunks: AsyncIterable<Uint8Array>;
}

export interface Transport {
  /** Throws a {@link RedfishError} whose `sent` is false only when not one byte of the request left. Waits its turn. */
  exchange(exchange: Exchange): Promise<Received>;
  /** So many requests at a time from now on, each on a connection of its own; until then one. */
  allow(connections: number): void;
  /** Where our newest connection comes from, as `address:port`; null before the first. */
  readonly localAddress: string | null;
  /** What the handshake showed; null before the first exchange. */
  seen(): TlsSeen | null;
  /** Throws like `exchange`, and so do the chunks; nothing else is asked until they are read. */
  stream(exchange: StreamExchange): Promise<Streamed>;
  destroy(): Promise<void>;
}

/** Requests that failed on a used connection and not on a new one, without a reuse that worked between them; one may be the race with an idle timeout. */
const REFUSED_REUSES = 2;

/**
 * The connections to one BMC: a peer that the connector does not take sees a TLS handshake and nothing else. They are kept alive, until resets
 * right after a reuse show that this BMC chokes on that (sushy closes each for that reason): then one connection carries one request. A BMC
 * that falters under several connections is asked over one.
 */
export function openTransport(origin: string, peer: PeerConnector, limits: Limits): Transport {
  const inTurn = pLimit(1);
  const lanes: Lane[] = [];
  const idle: Lane[] = [];
  let localAddress: string | null = null;
  let refused = 0;
  let suspect: Exchange['path'] | null = null;
  const connect = watched(peer.connect, (address) => {
    localAddress = address;
  });
  const open = (): Lane => {
    const lane = openLane(origin, connect, limits, () => peer.seen());
    lanes.push(lane);
    return lane;
  };

  async function exchange(one: Exchange): Promise<Received> {
    const lane = idle.pop() ?? open();
    const keeps = refused < REFUSED_REUSES;
    try {
      const received = await lane.exchange(one, !keeps);
      if (keeps && lane.answered > 1) refused = 0;
      else if (one.path === suspect) refused += 1;
      if (OVERLOADED.has(received.status)) inTurn.concurrency = 1;
      return received;
    } catch (error) {
      if (!(error instanceof RedfishError)) throw error;
      suspect = error.code === 'DROPPED' && error.status === null && lane.answered > 0 ? one.path : null;
      if (error.code === 'UNREACHABLE' || error.code === 'TIMEOUT') inTurn.concurrency = 1;
      throw error;
    } finally {
      // A connection that was used before is not used once more to say that it shall be closed.
      if (keeps && refused >= REFUSED_REUSES) await lane.destroy();
      else idle.push(lane);
    }
  }

  async function stream(one: StreamExchange): Promise<Streamed> {
    const lane = idle.pop() ?? open();
    const giveBack = (): void => void idle.push(lane);
    try {
      const { chunks, ...head } = await lane.stream(one, refused >= REFUSED_REUSES);
      return { ...head, chunks: whole(chunks, giveBack) };
    } catch (error) {
      giveBack();
      throw error;
    }
  }

  return {
    exchange: (one) => inTurn(() => exchange(one)),
    stream,
    seen: () => peer.seen(),
    allow: (connections) => {
      inTurn.concurrency = connections;
    },
    get localAddress() {
      return localAddress;
    },
    destroy: async () => {
      await Promise.all(lanes.map((lane) => lane.destroy()));
    },
  };
}

const OVERLOADED = new Set([429, 503]);

async function* whole(chunks: AsyncIterable<Uint8Array>, ended: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } finally {
    ended();
  }
}

/** The same connector, which tells from where it connected. */
function watched(connect: buildConnector.connector, tell: (address: string) => void): buildConnector.connector {
  return (options, callback) => {
    connect(options, (...result) => {
      const [, socket] = result;
      if (socket !== null) tell(`${socket.localAddress ?? ''}:${String(socket.localPort ?? '')}`);
      callback(...result);
    });
  };
}
