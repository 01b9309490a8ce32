import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** Stands between ipmitool and a BMC, and loses datagrams that it is told to. */
export interface Relay {
  readonly address: string;
  /** Datagrams that gave a user a password: the only requests of ours that are so long. */
  readonly changes: () => number;
  /** What is lost of every such change from now on. */
  lose(what: 'request' | 'answer' | 'nothing'): void;
  /** To whom everything goes from now on; away: to nobody. */
  turnTo(address: string): void;
  turnAway(): void;
  turnBack(): void;
  close(): void;
}

/** For one client, which is one run of ipmitool. */
interface Way {
  silent: boolean;
  readonly socket: Socket;
}

const HOST = '127.0.0.1';
/** RMCP+ with an encrypted and authenticated IPMI message (IPMI 2.0, table 13-8); a Get request of ours has 64 bytes, Set User Password 80. */
const RMCP_PLUS = 0x06;
const IN_SESSION = 0xc0;
const LONG = 80;

export async function startRelay(to: string): Promise<Relay> {
  const front = createSocket('udp4').bind(0, HOST);
  await once(front, 'listening');
  const ways = new Map<number, Way>();
  let port = portOf(to);
  let away = false;
  let loses: 'request' | 'answer' | 'nothing' = 'nothing';
  let changes = 0;
  front.on('message', (message, { port: client }) => {
    if (away) return;
    const isChange = message[4] === RMCP_PLUS && message[5] === IN_SESSION && message.length >= LONG;
    if (isChange) changes += 1;
    if (isChange && loses === 'request') return;
    const way = wayOf(client);
    way.silent = isChange && loses === 'answer';
    way.socket.send(message, port, HOST);
  });
  function wayOf(client: number): Way {
    const known = ways.get(client);
    if (known !== undefined) return known;
    const way = { silent: false, socket: createSocket('udp4') };
    way.socket.on('message', (message) => {
      if (!way.silent) front.send(message, client, HOST);
    });
    ways.set(client, way);
    return way;
  }
  return {
    address: `ipmi://${HOST}:${String(front.address().port)}`,
    changes: () => changes,
    lose: (what) => (loses = what),
    turnTo: (address) => (port = portOf(address)),
    turnAway: () => (away = true),
    turnBack: () => (away = false),
    close() {
      front.close();
      for (const { socket } of ways.values()) socket.close();
    },
  };
}

function portOf(address: string): number {
  return Number(new URL(address.replace('ipmi:', 'http:')).port);
}
