import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Raw } from './faults/fault.js';

/** Writes bytes past Node's HTTP server, as fast as the client takes them, until they end or the client goes. True when the client could have got all of them. */
export async function writeRaw(socket: Socket, { parts, end }: Raw): Promise<boolean> {
  const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  for (const part of parts) {
    if (socket.destroyed) return false;
    if (typeof part === 'number') await Promise.race([delay(part), gone]);
    else if (!socket.write(part)) await Promise.race([once(socket, 'drain').catch(() => undefined), gone]);
  }
  if (end === 'silence') await gone;
  else if (end === 'close') socket.end();
  else if (!socket.destroyed) await new Promise<void>((written) => socket.write('', () => written()));
  if (end === 'reset') socket.destroy();
  return end === 'close';
}
