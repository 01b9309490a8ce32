import { createSocket } from 'node:dgram';
import { isIP } from 'node:net';
import type { Endpoint } from './endpoint.js';

/** The address from which this host would send to another; null when it has no way there. Connecting a UDP socket asks the routing table and sends nothing. */
export function ownAddressTowards({ to, port }: Endpoint): Promise<string | null> {
  const socket = createSocket(isIP(to) === 6 ? 'udp6' : 'udp4');
  return new Promise<string | null>((resolve) => {
    socket.once('error', () => resolve(null));
    socket.once('connect', () => resolve(socket.address().address));
    socket.connect(port, to);
  }).finally(() => socket.close());
}
