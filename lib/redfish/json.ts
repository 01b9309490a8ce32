import { gunzipSync } from 'node:zlib';
import type { Json } from '../model/json.js';
import type { Answer, Limits } from './types.js';
import { canonicalUri } from './uri.js';

/** Parses a body that an enemy may have written: size, depth and number of values are bounded before the parser sees it. */
export function readJson(body: Uint8Array, encoding: string | undefined, limits: Limits): Pick<Answer, 'json' | 'unread'> {
  const bytes = /^\s*(?:x-)?gzip\s*$/i.test(encoding ?? '') ? unzip(body, limits.bodyBytes) : body;
  if (bytes === null) return { json: null, unread: 'NOT_JSON' };
  if (bytes.length === 0) return { json: null, unread: null };
  const excess = exceeds(bytes, limits);
  if (excess !== null) return { json: null, unread: excess };
  const value = parse(new TextDecoder().decode(bytes));
  return value === undefined ? { json: null, unread: 'NOT_JSON' } : { json: value, unread: null };
}

/** The value at a path of own keys and indexes; undefined when the path leads nowhere. */
export function at(json: Json | undefined, ...path: readonly (string | number)[]): Json | undefined {
  let value = json;
  for (const key of path) {
    if (typeof key === 'number') value = isList(value) ? value[key] : undefined;
    else value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return value;
}

export function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The text at a path; undefined when there is none or it is no text. */
export function textAt(json: Json | undefined, ...path: readonly (string | number)[]): string | undefined {
  const value = at(json, ...path);
  return typeof value === 'string' ? value : undefined;
}

/** The value at a JSON Pointer (RFC 6901); undefined when it leads nowhere. */
export function valueAtPointer(json: Json | undefined, pointer: string): Json | undefined {
  if (pointer === '') return json;
  if (!pointer.startsWith('/')) return undefined;
  let value = json;
  for (const part of pointer.slice(1).split('/')) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    value = isList(value) ? (/^(?:0|[1-9]\d*)$/.test(key) ? value[Number(key)] : undefined) : at(value, key);
  }
  return value;
}

/** The canonical URI that the object at a path points to with `@odata.id`. */
export function linkAt(answer: Pick<Answer, 'uri' | 'json'>, ...path: readonly (string | number)[]): string | null {
  const link = textAt(answer.json ?? undefined, ...path, '@odata.id');
  return link === undefined ? null : canonicalUri(link, answer.uri);
}

/** The members of a collection's page: their canonical URIs, and whether each came whole (`inline`) or as a mere link. */
export function membersOf(answer: Pick<Answer, 'uri' | 'json'>): { readonly uri: string; readonly inline: boolean }[] {
  const members = at(answer.json ?? undefined, 'Members');
  if (!isList(members)) return [];
  return members.flatMap((member) => {
    const link = textAt(member, '@odata.id');
    const uri = link === undefined ? null : canonicalUri(link, answer.uri);
    return uri === null ? [] : [{ uri, inline: isObject(member) && Object.keys(member).length > 1 }];
  });
}

/**
 * Why a page cannot stand for its collection: it has no list of members (a login page, an error with status 200), or it goes on at a place
 * that is not followed.
 */
export function pageProblemOf(answer: Pick<Answer, 'uri' | 'json'>): 'NO_MEMBERS' | 'NEXT_PAGE_ELSEWHERE' | null {
  if (!isList(at(answer.json ?? undefined, 'Members'))) return 'NO_MEMBERS';
  const goesOn = NEXT_LINKS.some((name) => at(answer.json ?? undefined, name) !== undefined);
  return goesOn && nextPageOf(answer) === null ? 'NEXT_PAGE_ELSEWHERE' : null;
}

const NEXT_LINKS = ['Members@odata.nextLink', '@odata.nextLink'] as const;

/** The next page of a collection. */
export function nextPageOf(answer: Pick<Answer, 'uri' | 'json'>): string | null {
  const link = textAt(answer.json ?? undefined, 'Members@odata.nextLink') ?? textAt(answer.json ?? undefined, '@odata.nextLink');
  return link === undefined ? null : canonicalUri(link, answer.uri);
}

/** Some iLO 5 answer 406 to `identity` for registries and then send gzip, asked or not. */
function unzip(body: Uint8Array, maxOutputLength: number): Uint8Array | null {
  try {
    return gunzipSync(body, { maxOutputLength });
  } catch {
    return null;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/** Counts without parsing: `[[[[…` costs the parser gigabytes before it gives up. */
function exceeds(bytes: Uint8Array, limits: Limits): 'TOO_DEEP' | 'TOO_MANY_VALUES' | null {
  let depth = 0;
  let values = 1;
  let quoted = false;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index] ?? 0;
    if (quoted) {
      if (byte === BACKSLASH) index += 1;
      else if (byte === QUOTE) quoted = false;
    } else if (byte === QUOTE) quoted = true;
    else if (byte === COMMA) values += 1;
    else if (OPENING.has(byte)) {
      depth += 1;
      values += 1;
    } else if (CLOSING.has(byte)) depth -= 1;
    if (depth > limits.jsonDepth) return 'TOO_DEEP';
    if (values > limits.jsonValues) return 'TOO_MANY_VALUES';
  }
  return null;
}

function parse(text: string): Json | undefined {
  // A key `__proto__` is harmless here and a trap for whoever copies the object, so it is dropped. The reviver is slow: only then.
  const trap = text.includes('__proto__') || /\\u005f/i.test(text);
  try {
    const value: unknown = trap ? JSON.parse(text, (key, child: unknown) => (key === '__proto__' ? undefined : child)) : JSON.parse(text);
    return isJson(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** JSON.parse makes nothing but JSON. */
function isJson(value: unknown): value is Json {
  return value !== undefined;
}
