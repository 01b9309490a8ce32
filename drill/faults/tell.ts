import { keyOf } from '../content.js';
import { parseObject, type JsonObject } from '../json.js';
import { bytesReply, emptyReply, jsonReply, type Reply } from '../reply.js';
import type { Request } from '../service.js';
import type { Asked, Raw } from './fault.js';

/** URIs that every profile has. */
export const AT = {
  root: '/redfish/v1',
  accountService: '/redfish/v1/AccountService',
  accounts: '/redfish/v1/AccountService/Accounts',
  roles: '/redfish/v1/AccountService/Roles',
  sessions: '/redfish/v1/SessionService/Sessions',
  subscriptions: '/redfish/v1/EventService/Subscriptions',
  /** Read by the full capture, and by no other step. */
  chassis: '/redfish/v1/Chassis',
  firmware: '/redfish/v1/UpdateService/FirmwareInventory',
} as const;

/** Matches reads of these URIs. */
export function reads(...uris: readonly string[]): (request: Request) => boolean {
  const keys = new Set(uris.map(keyOf));
  return (request) => isRead(request) && keys.has(keyOf(request.uri));
}

/** Matches reads below a path, and of it. */
export function readsBelow(path: string): (request: Request) => boolean {
  return (request) => isRead(request) && (keyOf(request.uri) === keyOf(path) || keyOf(request.uri).startsWith(`${keyOf(path)}/`));
}

/** Matches every read behind the service root. */
export function readsInside(request: Request): boolean {
  return isRead(request) && !['/redfish', '/redfish/v1', '/redfish/v1/odata', '/redfish/v1/$metadata'].includes(keyOf(request.uri));
}

export function isLogin(request: Request): boolean {
  return request.method === 'POST' && keyOf(request.uri) === keyOf(AT.sessions);
}

export function either(...matchers: readonly ((request: Request) => boolean)[]): (request: Request) => boolean {
  return (request) => matchers.some((matches) => matches(request));
}

function isRead(request: Request): boolean {
  return request.method === 'GET' || request.method === 'HEAD';
}

export function isAt(asked: Asked, uri: string): boolean {
  return keyOf(asked.request.uri) === keyOf(uri);
}

/** The honest answer with another body. */
export function edited(asked: Asked, edit: (body: JsonObject) => JsonObject): Reply {
  return says(asked, JSON.stringify(edit(bodyOf(asked))));
}

export function bodyOf({ reply }: Asked): JsonObject {
  return parseObject(reply.body?.toString() ?? '') ?? {};
}

/** The honest head with these bytes as the body. */
export function says({ reply }: Asked, body: string | Buffer, headers: Readonly<Record<string, string>> = {}): Reply {
  return { ...reply, headers: { ...reply.headers, ...headers }, body: Buffer.from(body) };
}

export function html(status: number, title: string): Reply {
  const page = `<!DOCTYPE html><html><head><title>${title}</title></head><body><form action="/login" method="post"></form></body></html>`;
  return bytesReply(status, Buffer.from(page), 'text/html; charset=utf-8');
}

export function redirect(status: number, location: string): Reply {
  return emptyReply(status, { Location: location });
}

export function ok(body: JsonObject): Reply {
  return jsonReply(200, body);
}

/** An answer head and body, byte for byte. */
export function raw(head: readonly string[], body: string | Buffer = '', end: Raw['end'] = 'close'): Raw {
  return { parts: [headOf(head), Buffer.from(body)], end };
}

/** The honest answer as raw bytes, with these lines more in its head. */
export function rawHonest({ reply }: Asked, more: readonly string[] = [], end: Raw['end'] = 'close'): Raw {
  const body = reply.body ?? Buffer.alloc(0);
  const known = Object.entries(reply.headers).map(([name, value]) => `${name}: ${value}`);
  return raw([`HTTP/1.1 ${String(reply.status)} Told`, ...known, ...more, `Content-Length: ${String(body.length)}`], body, end);
}

export function headOf(lines: readonly string[]): Buffer {
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

/** `make(0)`, `make(1)`, … */
export function many<T>(count: number, make: (n: number) => T): T[] {
  return Array.from({ length: count }, (_, n) => make(n));
}
