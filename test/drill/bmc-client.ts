import { createHash, X509Certificate } from 'node:crypto';
import { Agent, request } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { isObject, listAt, memberUris, textAt, type JsonObject } from '../../drill/json.js';

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Buffer;
  /** The parsed body; empty when it is no JSON object. */
  readonly json: JsonObject;
  readonly pin: string;
}

export interface Asked {
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  /** Kept connections for those who ask thousands of times; each request has a connection of its own otherwise. */
  readonly agent?: Agent;
  readonly signal?: AbortSignal;
  /** An address of this host to come from. */
  readonly from?: string;
}

/** The plainest HTTPS request: tests of the fleet use none of the product's client. */
export function ask(address: string, method: string, uri: string, asked: Asked = {}): Promise<Answered> {
  const { hostname, port } = new URL(address);
  const body = asked.body === undefined ? undefined : JSON.stringify(asked.body);
  const agent = asked.agent ?? new Agent({ keepAlive: false });
  const headers = { 'Content-Type': 'application/json', ...asked.headers };
  return new Promise((resolve, reject) => {
    const { signal, from } = asked;
    const to = {
      agent,
      hostname,
      port,
      method,
      path: uri,
      headers,
      rejectUnauthorized: false,
      ...(signal === undefined ? {} : { signal }),
      ...(from === undefined ? {} : { localAddress: from }),
    };
    const outgoing = request(to, (incoming) => {
      const pin = pinOf(incoming.socket);
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const bytes = Buffer.concat(chunks);
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, bytes, json: parsed(bytes), pin });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** A logged-in client of one BMC. */
export interface Visitor {
  readonly session: string;
  readonly token: string;
  get(uri: string): Promise<Answered>;
  send(method: string, uri: string, body?: unknown, headers?: Record<string, string>): Promise<Answered>;
}

export function logIn(target: { address: string }, userName: string, password: string): Promise<Answered> {
  return ask(target.address, 'POST', '/redfish/v1/SessionService/Sessions', { body: { UserName: userName, Password: password } });
}

export async function visit(target: { address: string; userName: string; password: string }, agent?: Agent): Promise<Visitor> {
  const login = await logIn(target, target.userName, target.password);
  if (login.status !== 201) throw new Error(`the login was answered with ${login.status}`);
  const { 'x-auth-token': token, location } = login.headers;
  if (typeof token !== 'string' || typeof location !== 'string') throw new Error('the login was answered without token or location');
  const kept = agent === undefined ? {} : { agent };
  return {
    session: location,
    token,
    get: (uri) => ask(target.address, 'GET', uri, { headers: { 'X-Auth-Token': token }, ...kept }),
    send: (method, uri, body, more = {}) =>
      ask(target.address, method, uri, { headers: { 'X-Auth-Token': token, ...more }, body, ...kept }),
  };
}

/** URIs of a collection's members, over all its pages. */
export async function membersOf(visitor: Visitor, collection: string): Promise<string[]> {
  const { json } = await visitor.get(collection);
  const members = memberUris(json);
  const next = textAt(json, 'Members@odata.nextLink');
  return next === '' ? members : [...members, ...(await membersOf(visitor, next))];
}

/** Message ids of an error or success body. */
export function messageIds(answered: Answered): string[] {
  return listAt(answered.json, 'error', '@Message.ExtendedInfo').map((message) => textAt(message, 'MessageId'));
}

function pinOf(socket: unknown): string {
  const certificate = isTls(socket) ? socket.getPeerX509Certificate() : undefined;
  if (!(certificate instanceof X509Certificate)) return '';
  return createHash('sha256')
    .update(certificate.publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

function isTls(socket: unknown): socket is TLSSocket {
  return typeof socket === 'object' && socket !== null && 'getPeerX509Certificate' in socket;
}

function parsed(bytes: Buffer): JsonObject {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
