import type { Digest } from '../model/json.js';
import { readJson, textAt } from './json.js';
import type { Received } from './transport.js';
import type { Answer, Limits } from './types.js';

/** Response headers that may become evidence. Anything else could carry a token or a cookie. */
const HEADERS = [
  'allow',
  'content-encoding',
  'content-length',
  'content-type',
  'date',
  'etag',
  'link',
  'location',
  'odata-version',
  'retry-after',
] as const;

/** Makes an answer of what came over the wire; the bytes stay as they came. */
export function answerOf(received: Received, uri: string, answeredBy: string, peer: Digest<'spki'>, limits: Limits): Answer {
  const { status, headers, body, startedAt, endedAt } = received;
  const { json, unread } = readJson(body, headers.get('content-encoding'), limits);
  return {
    uri,
    answeredBy,
    status,
    headers: answerHeaders(headers),
    // An empty ETag is none: some BMCs send one and refuse it in If-Match.
    etag: nonEmpty(headers.get('etag')) ?? nonEmpty(textAt(json ?? undefined, '@odata.etag')) ?? null,
    body,
    json,
    unread,
    startedAt,
    endedAt,
    peer,
  };
}

/** The response headers that may become evidence. */
export function answerHeaders(headers: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries(HEADERS.flatMap((name) => (headers.has(name) ? [[name, headers.get(name) ?? '']] : [])));
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' || text === '""' ? undefined : text;
}
