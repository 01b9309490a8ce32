import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { selfSigned, type Certificate } from './certificate.js';
import type { FaultName } from './faults.js';
import { Holds, type Hold, type HoldAt } from './hold.js';
import { handle, isOwnSession, type Handled, type Request } from './service.js';
import type { State } from './state.js';
import { bodyDigest, type WireLog } from './wire-log.js';
import type { Reply } from './reply.js';

export interface BmcOptions {
  readonly id: string;
  readonly state: State;
  readonly certificate: Certificate;
  readonly wire: WireLog;
  readonly latencyMs: number;
  readonly slowMs: number;
}

const BODY_BYTES = 1_048_576;

/** One emulated BMC on its own TLS socket: what reaches the service, when, and what of the answer gets out. */
export class Bmc {
  readonly #options: BmcOptions;
  readonly #server: Server;
  readonly #holds = new Holds();
  #fault: FaultName | null = null;
  #faultEnded: (() => void)[] = [];
  #host = '';
  #port = 0;

  constructor(options: BmcOptions) {
    this.#options = options;
    const { key, cert } = options.certificate;
    this.#server = createServer({ key, cert, keepAliveTimeout: 15_000 }, (incoming, outgoing) => void this.#answer(incoming, outgoing));
    // A client that breaks a connection, or does not like our certificate, is its own affair.
    this.#server.on('tlsClientError', () => undefined);
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

  /** Sets what is wrong with this BMC; null mends it. */
  async fault(name: FaultName | null): Promise<void> {
    const before = this.#fault;
    this.#fault = name;
    for (const ended of this.#faultEnded.splice(0)) ended();
    if (name === 'down') await this.#stop();
    else if (!this.#server.listening) await this.listen(this.#host, this.#port);
    if ((name === 'wrong-certificate') !== (before === 'wrong-certificate')) {
      const { key, cert } = name === 'wrong-certificate' ? selfSigned('localhost', this.#host) : this.#options.certificate;
      this.#server.setSecureContext({ key, cert });
      this.#server.closeAllConnections();
    }
  }

  hold(request: { method: string; uri?: string }, at: HoldAt): Hold {
    return this.#holds.add(request, at);
  }

  async close(): Promise<void> {
    this.#holds.dropAll();
    for (const ended of this.#faultEnded.splice(0)) ended();
    await this.#stop();
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
    const { reply, userName } = await this.#process(request, outgoing, meddles);
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
    const { body } = reply;
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

async function bodyOf(incoming: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of incoming) {
      if (!Buffer.isBuffer(chunk)) return null;
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > BODY_BYTES) return null;
    }
  } catch {
    // The client went away in mid-request: there is nobody to answer.
    return null;
  }
  return Buffer.concat(chunks).toString();
}

function requestOf(incoming: IncomingMessage, body: string): Request {
  const { authorization, 'x-auth-token': token, 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = incoming.headers;
  return {
    method: incoming.method ?? 'GET',
    uri: incoming.url ?? '/',
    token: typeof token === 'string' ? token : null,
    basic: basicOf(authorization),
    ifMatch: ifMatch ?? null,
    ifNoneMatch: ifNoneMatch ?? null,
    body,
    address: incoming.socket.remoteAddress ?? '',
  };
}

function basicOf(authorization: string | undefined): Request['basic'] {
  const encoded = /^Basic (.+)$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return null;
  const [userName = '', ...password] = Buffer.from(encoded, 'base64').toString().split(':');
  return { userName, password: password.join(':') };
}
