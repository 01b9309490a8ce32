import { request, Agent } from 'node:https';
import { createHash, X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Buffer;
  /** The parsed body; undefined when it is not JSON. */
  readonly json: unknown;
  readonly pin: string;
}

/** The plainest HTTPS request, over a connection of its own: tests of the fleet use none of the product's client. */
export function ask(
  address: string,
  method: string,
  uri: string,
  options: { headers?: Record<string, string>; body?: unknown } = {},
): Promise<Answered> {
  const { hostname, port } = new URL(address);
  const body = options.body === undefined ? undefined : JSON.stringify(options.body);
  return new Promise((resolve, reject) => {
    const agent = new Agent({ keepAlive: false, rejectUnauthorized: false });
    const outgoing = request(
      { agent, hostname, port, method, path: uri, headers: { 'Content-Type': 'application/json', ...options.headers } },
      (incoming) => {
        const pin = pinOf(incoming.socket);
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const bytes = Buffer.concat(chunks);
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, bytes, json: parsed(bytes), pin });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function pinOf(socket: unknown): string {
  const certificate = isTls(socket) ? socket.getPeerX509Certificate() : undefined;
  return certificate instanceof X509Certificate
    ? createHash('sha256')
        .update(certificate.publicKey.export({ type: 'spki', format: 'der' }))
        .digest('hex')
    : '';
}

function isTls(socket: unknown): socket is TLSSocket {
  return typeof socket === 'object' && socket !== null && 'getPeerX509Certificate' in socket;
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

/** A logged-in client of one BMC. */
export interface Visitor {
  readonly session: string;
  readonly token: string;
  get(uri: string): Promise<Answered>;
  send(method: string, uri: string, body?: unknown, headers?: Record<string, string>): Promise<Answered>;
}

export async function visit(target: { address: string; userName: string; password: string }): Promise<Visitor> {
  const login = await ask(target.address, 'POST', '/redfish/v1/SessionService/Sessions', {
    body: { UserName: target.userName, Password: target.password },
  });
  if (login.status !== 201) throw new Error(`login answered ${login.status}`);
  const token = String(login.headers['x-auth-token']);
  const headers = { 'X-Auth-Token': token };
  return {
    session: String(login.headers['location']),
    token,
    get: (uri) => ask(target.address, 'GET', uri, { headers }),
    send: (method, uri, body, more = {}) => ask(target.address, method, uri, { headers: { ...headers, ...more }, body }),
  };
}
