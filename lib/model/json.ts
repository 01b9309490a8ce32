/** What may cross the engine, a file or a signature: plain JSON, never a Date, Map, class or undefined. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A name people type and files carry; `Of` keeps a target's id from being passed where an incident's is meant. */
export type Id<Of extends string> = string & { readonly id: Of };

/** SHA-256 as 64 lower-case hexadecimal digits; `Of` names what was hashed. */
export type Digest<Of extends string> = string & { readonly sha256: Of };

/** RFC 3339 in UTC with milliseconds, as `Date.toISOString` writes it. */
export type Time = string & { readonly rfc3339: true };

const ID = /^[a-z0-9][a-z0-9-]{0,47}$/;
const DIGEST = /^[0-9a-f]{64}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** True for 1 to 48 lower-case letters, digits and hyphens that do not start with a hyphen: safe in file names, workflow ids and shells. */
export function isId<Of extends string>(text: unknown): text is Id<Of> {
  return typeof text === 'string' && ID.test(text);
}

export function isDigest<Of extends string>(text: unknown): text is Digest<Of> {
  return typeof text === 'string' && DIGEST.test(text);
}

export function isTime(text: unknown): text is Time {
  return typeof text === 'string' && TIME.test(text) && !Number.isNaN(Date.parse(text));
}

/** The one way from text to an id; throws a RangeError that names what was expected. */
export function id<Of extends string>(text: string): Id<Of> {
  if (!isId<Of>(text))
    throw new RangeError(`expected an id of 1 to 48 characters a-z, 0-9 and "-", got ${JSON.stringify(text.slice(0, 80))}`);
  return text;
}

/** The one way from text to a digest. */
export function digest<Of extends string>(text: string): Digest<Of> {
  if (!isDigest<Of>(text)) throw new RangeError(`expected 64 hexadecimal digits, got ${JSON.stringify(text.slice(0, 80))}`);
  return text;
}

/** The one way from milliseconds since 1970 to a time. */
export function time(milliseconds: number): Time {
  const text = new Date(milliseconds).toISOString();
  if (!isTime(text)) throw new RangeError(`expected a time within the years 0 to 9999, got ${String(milliseconds)}`);
  return text;
}
