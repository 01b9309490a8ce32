import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { connect } from '../../../lib/redfish/client.js';
import { RedfishError, type RedfishCode } from '../../../lib/redfish/errors.js';
import type { Connection, ConnectOptions, Limits } from '../../../lib/redfish/types.js';
import { digest, type Digest, type Json } from '../../../lib/model/json.js';
import { selfSigned } from '../../../drill/certificate.js';

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Handler = (request: Seen, response: ServerResponse, socket: TLSSocket) => unknown;

export interface SmallBmc {
  readonly address: string;
  readonly pin: Digest<'spki'>;
  readonly log: Seen[];
  /** `METHOD path` of every request so far. */
  readonly lines: () => string[];
  /** URIs of the sessions that are open. */
  readonly sessions: Set<string>;
  readonly connections: () => number;
  /** Shows another certificate from the next connection on. */
  readonly secure: (tls: { readonly key: string; readonly cert: string }) => void;
  readonly stop: () => Promise<void>;
}

export const SESSIONS = '/redfish/v1/SessionService/Sessions';
const ROOT = { '@odata.id': '/redfish/v1', UUID: 'b3f1', Links: { Sessions: { '@odata.id': SESSIONS } } };

/** A BMC of a few lines: service root and sessions by itself, everything else by `handlers`, by path or by `METHOD path`. */
export async function startSmallBmc(handlers: Record<string, Handler> = {}, tls: ServerOptions = {}): Promise<SmallBmc> {
  const { key, cert, pin } = selfSigned('small-bmc', '127.0.0.1');
  const log: Seen[] = [];
  const sessions = new Set<string>();
  const open = new Set<TLSSocket>();
  let connections = 0;
  const server = createServer({ key, cert, ...tls }, (request, response) => {
    void answer(request, response);
  });
  server.on('secureConnection', (socket: TLSSocket) => {
    connections += 1;
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => open.delete(socket));
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const seen = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body };
    log.push(seen);
    const socket = [...open].find((one) => one.remotePort === request.socket.remotePort);
    const handler = handlers[`${seen.method} ${seen.path}`] ?? handlers[seen.path];
    if (handler !== undefined && socket !== undefined) handler(seen, response, socket);
    else builtIn(seen, response);
  }

  function builtIn(seen: Seen, response: ServerResponse): void {
    const { method, path } = seen;
    if (path === '/redfish/v1/') reply(response, 200, ROOT);
    else if (path === SESSIONS && method === 'POST') {
      const uri = `${SESSIONS}/${sessions.size + 1}`;
      sessions.add(uri);
      reply(response, 201, { '@odata.id': uri }, { 'x-auth-token': `token-of-${uri}`, location: uri });
    } else if (sessions.has(path) && method === 'GET') reply(response, 200, { '@odata.id': path, UserName: 'responder' });
    else if (sessions.has(path) && method === 'DELETE') {
      sessions.delete(path);
      reply(response, 200, {});
    } else reply(response, 404, { error: { code: 'Base.1.0.ResourceMissingAtURI' } });
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('no port');
  return {
    address: `https://127.0.0.1:${bound.port}`,
    pin: digest(pin),
    log,
    lines: () => log.map(({ method, path }) => `${method} ${path}`),
    sessions,
    connections: () => connections,
    secure: ({ key: newKey, cert: newCert }) => {
      server.setSecureContext({ key: newKey, cert: newCert });
    },
    stop: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function reply(response: ServerResponse, status: number, body: Json | string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

const QUICK: Partial<Limits> = { connectMs: 2_000, requestMs: 2_000, totalMs: 4_000, logoutMs: 1_000, retryPausesMs: [1, 1] };

/** Connects with short limits; `options` override. */
export function connectTo(bmc: Pick<ConnectOptions, 'address' | 'pin'>, options: Partial<ConnectOptions> = {}): Promise<Connection> {
  return connect({
    address: bmc.address,
    pin: bmc.pin,
    credential: { userName: 'responder', password: { reveal: () => 'correct horse' } },
    mode: 'read-only',
    signal: new AbortController().signal,
    ...options,
    limits: { ...QUICK, ...options.limits },
  });
}

/** The error that a promise ends with; anything else fails the test. */
export async function refusal(promise: Promise<unknown>): Promise<RedfishError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof RedfishError) return error;
    throw error;
  }
  throw new Error('expected a RedfishError, got a result');
}

export async function refusalCode(promise: Promise<unknown>): Promise<RedfishCode> {
  return (await refusal(promise)).code;
}
