import type { IncomingMessage } from 'node:http';
import type { Request } from './service.js';

/** What a client sent behind the head of its request; null when that was too much, or never ended. */
export async function bodyOf(incoming: IncomingMessage): Promise<string | null> {
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

const BODY_BYTES = 1_048_576;

/** A request as the service takes it. */
export function requestOf(incoming: IncomingMessage, body: string): Request {
  const {
    authorization,
    'x-auth-token': token,
    'if-match': ifMatch,
    'if-none-match': ifNoneMatch,
    'odata-version': odataVersion,
  } = incoming.headers;
  return {
    method: incoming.method ?? 'GET',
    uri: incoming.url ?? '/',
    token: typeof token === 'string' ? token : null,
    basic: basicOf(authorization),
    odataVersion: typeof odataVersion === 'string' ? odataVersion : null,
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
