import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Where the n-th BMC listens. On Linux each has its own loopback address, in a block that other fleets hardly share; elsewhere all have 127.0.0.1. */
export async function loopbackAddresses(): Promise<(n: number) => string> {
  const block = randomInt(1, 255);
  const address = (n: number): string => `127.${block}.${Math.floor(n / 250)}.${(n % 250) + 1}`;
  return (await canListenOn(address(0))) ? address : () => '127.0.0.1';
}

async function canListenOn(host: string): Promise<boolean> {
  const probe = createServer().listen(0, host);
  try {
    await once(probe, 'listening');
  } catch {
    // macOS has 127.0.0.1 alone unless someone adds aliases.
    return false;
  }
  probe.close();
  await once(probe, 'close');
  return true;
}
