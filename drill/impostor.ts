import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Listens } from './faults/fault.js';

/** What answers at a BMC's address without being one. */
export class Impostor {
  readonly #server: Server;
  readonly #open = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async listen(kind: Listens, host: string, port: number): Promise<Impostor> {
    const impostor = new Impostor(createServer());
    impostor.#server.on('connection', (socket) => impostor.#take(socket, GREETINGS[kind] ?? null));
    impostor.#server.listen(port, host);
    await once(impostor.#server, 'listening');
    return impostor;
  }

  #take(socket: Socket, greeting: string | Buffer | null): void {
    this.#open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#open.delete(socket));
    if (greeting === null) socket.resume();
    else socket.once('data', () => socket.end(greeting));
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
    await closed;
  }
}

const GREETINGS: Partial<Record<Listens, string | Buffer>> = {
  noise: Buffer.from('c0ffee'.repeat(200), 'hex'),
  'plain-http': 'HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html>speak HTTPS</html>',
};
