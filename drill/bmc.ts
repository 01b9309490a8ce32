import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { reissued, selfSigned, type Certificate } from './certificate.js';
import type { Fault, Presents, Raw } from './faults/fault.js';
import { FAULTS, type FaultName } from './faults/faults.js';
import { Holds, type Hold, type HoldAt } from './hold.js';
import { Impostor } from './impostor.js';
import { bodyOf, requestOf } from './incoming.js';
import { writeRaw } from './raw.js';
import type { Reply } from './reply.js';
import { handle, isOwnSession, type Handled, type Request } from './service.js';
import type { State } from './state.js';
import type { Planted } from './truth.js';
import { bodyDigest, type WireLog } from './wire-log.js';

/** One emulated BMC on its own TLS socket: what reaches the service, when, and what of the answer gets out. */
export class Bmc {
  readonly #options: BmcOptions;
  readonly #server: Server;
  readonly #holds = new Holds();
  #fault: FaultName | null = null;
  /** Requests that the fault has met. */
  #met = 0;
  #impostor: Impostor | null = null;
  #faultEnded: (() => void)[] = [];
  #host = '';
  #port = 0;
  #shown: string;

  constructor(options: BmcOptions) {
    this.#options = options;
    const { key, cert } = this.#own();
    this.#shown = JSON.stringify([cert, {}]);
    this.#server = createServer({ key, cert, keepAliveTimeout: 15_000 }, (incoming, outgoing) => void this.#answer(incoming, outgoing));
    // A client that breaks a connection, or does not like our certificate, is its own affair.
    this.#server.on('tlsClientError', () => undefined);
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      const status = error.code === 'HPE_INVALID_METHOD' ? '501 Not Implemented' : '400 Bad Request';
      if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    });
    this.#server.prependListener('connection', (socket: Socket) => {
      if (!options.state.accessList.takesConnection(socket.remoteAddress ?? '', this.#fault)) socket.destroy();
    });
    this.#server.on('secureConnection', (socket) => this.#shook(socket));
  }

  /** Listens and returns `https://host:port`. */
  async listen(host: string, port = 0): Promise<string> {
    this.#server.listen(port, host);
    await once(this.#server, 'listening');
    const bound = this.#server.address();
    this.#host = host;
    this.#port = typeof bound === 'object' && bound !== null ? bound.port : 0;
    return `https://${host}:${this.#port}`;
  }

  /** Sets what is wrong with this BMC, and null mends it; returns what the fault leaves for a review to find. */
  async fault(name: FaultName | null): Promise<readonly Planted[]> {
    this.#fault = name;
    this.#met = 0;
    for (const ended of this.#faultEnded.splice(0)) ended();
    const { listens, presents, plant } = name === null ? MENDED : FAULTS[name];
    const silent = listens === 'nobody' || listens === 'mute' || listens === 'noise' || listens === 'plain-http';
    await this.#impostor?.close();
    this.#impostor = null;
    if (silent) await this.#stop();
    if (silent && listens !== 'nobody') this.#impostor = await Impostor.listen(listens, this.#host, this.#port);
    if (!silent && !this.#server.listening) await this.listen(this.#host, this.#port);
    this.#show(presents === 'another-key-later' ? null : (presents ?? null), listens === 'old-tls');
    return plant?.(this.#options.state) ?? [];
  }

  hold(request: { method: string; uri?: string }, at: HoldAt): Hold {
    return this.#holds.add(request, at);
  }

  async close(): Promise<void> {
    await this.#impostor?.close();
    this.#holds.dropAll();
    for (const ended of this.#faultEnded.splice(0)) ended();
    await this.#stop();
  }

  /** Connections that are open keep the certificate they began with: they are closed when it changes. */
  #show(presents: Presents | null, old: boolean): void {
    const { key, cert } = this.#certificate(presents);
    const versions = old ? ({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1' } as const) : {};
    const shown = JSON.stringify([cert, versions]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#server.setSecureContext({ key, cert, ...versions });
    this.#server.closeAllConnections();
  }

  #certificate(presents: Presents | null): Pick<Certificate, 'key' | 'cert'> {
    const { id } = this.#options;
    const certificate = this.#own();
    if (presents === null) return certificate;
    if (presents === 'same-key-renewed') return reissued(certificate, 'renewed', this.#host);
    if (presents === 'same-key-expired') return reissued(certificate, id, this.#host, Date.UTC(2011, 0, 1));
    return selfSigned('localhost', this.#host);
  }

  /** The state has it before the BMC listens. */
  #own(): Certificate {
    const { current } = this.#options.state.identity;
    if (current === null) throw new RangeError('a BMC has a key before it listens');
    return current;
  }

  /** After an answer: open connections go on with the certificate that they began with, unless the BMC starts again. */
  #renew(before: Certificate): void {
    const { key, cert } = this.#own();
    if (before.cert === cert) return;
    this.#shown = JSON.stringify([cert, {}]);
    this.#server.setSecureContext({ key, cert });
  }

  #shook(socket: TLSSocket): void {
    const row = this.#fault === null ? MENDED : FAULTS[this.#fault];
    if (row.listens === 'hangs-up') socket.destroy();
    if (row.presents !== 'another-key-later') return;
    // The connection that is open goes on; the next one sees the other key.
    const { key, cert } = this.#certificate('another-key');
    this.#shown = cert;
    this.#server.setSecureContext({ key, cert });
  }

  async #stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const at = new Date().toISOString();
    const body = await bodyOf(incoming);
    if (body === null) {
      outgoing.destroy();
      return;
    }
    const request = requestOf(incoming, body);
    // Asked before it is handled: a logout ends the session by which it is known. Faults that meddle with changes spare logins and logouts.
    const reads = request.method === 'GET' || request.method === 'HEAD';
    const meddles = !reads && !isOwnSession(this.#options.state, request);
    const before = this.#own();
    const { reply, userName } = await this.#process(request, outgoing, meddles);
    this.#renew(before);
    const answered = reply !== null && (await this.#write(request, reply, outgoing, meddles));
    if (!answered) outgoing.destroy();
    const { id, wire } = this.#options;
    wire.add({
      at,
      target: id,
      method: request.method,
      uri: request.uri,
      status: reply?.status ?? null,
      answered,
      user: userName,
      body: bodyDigest(body),
    });
  }

  /** A null reply: the request was dropped before the BMC acted on it. */
  async #process(request: Request, outgoing: ServerResponse, meddles: boolean): Promise<Handled | { reply: null; userName: null }> {
    const late = this.#options.latencyMs + (this.#fault === 'slow' ? this.#options.slowMs : 0);
    if (late > 0) await delay(late);
    if (meddles && this.#fault === 'hang-before-apply' && !(await this.#faultEnds(outgoing))) return { reply: null, userName: null };
    if ((await this.#holds.reach(request, 'before')) === 'drop') return { reply: null, userName: null };
    return handle(this.#options.state, request, this.#fault);
  }

  async #write(request: Request, reply: Reply, outgoing: ServerResponse, meddles: boolean): Promise<boolean> {
    // Before the hold, during which the fault may end: the answer was lost when the request was applied.
    const lost = meddles && this.#fault === 'lost-answer';
    if ((await this.#holds.reach(request, 'after')) === 'drop' || lost || outgoing.destroyed) return false;
    const told = this.#told(request, reply);
    if ('parts' in told) return outgoing.socket !== null && (await writeRaw(outgoing.socket, told));
    return this.#writeReply(request, told, outgoing);
  }

  /** What the fault makes of an answer. */
  #told(request: Request, reply: Reply): Reply | Raw {
    const { on, answer } = this.#fault === null ? MENDED : FAULTS[this.#fault];
    if (answer === undefined || on?.(request) === false) return reply;
    this.#met += 1;
    return answer({ request, reply, nth: this.#met, volume: this.#options.volume });
  }

  async #writeReply(request: Request, { body, ...reply }: Reply, outgoing: ServerResponse): Promise<boolean> {
    outgoing.writeHead(reply.status, body === null ? reply.headers : { ...reply.headers, 'Content-Length': body.length });
    if (this.#fault === 'dropping' && request.method === 'GET') {
      await new Promise<void>((written) => outgoing.write(body?.subarray(0, body.length >> 1) ?? '', () => written()));
      return false;
    }
    outgoing.end(request.method === 'HEAD' || body === null ? undefined : body);
    return true;
  }

  /** True when the fault ended, false when the client went away first. */
  #faultEnds(outgoing: ServerResponse): Promise<boolean> {
    return new Promise((resolve) => {
      this.#faultEnded.push(() => resolve(true));
      outgoing.once('close', () => resolve(false));
    });
  }
}

export interface BmcOptions {
  readonly id: string;
  readonly state: State;
  readonly wire: WireLog;
  readonly latencyMs: number;
  readonly slowMs: number;
  /** How many things a fault that floods holds. */
  readonly volume: number;
}

const MENDED: Partial<Fault> = {};
