import type { Json } from './json.js';

/** The parts of `vault://STORE/PATH#FIELD@VERSION`; field and version are null where the reference leaves them out. */
export interface SecretReference {
  readonly store: string;
  readonly path: string;
  readonly field: string | null;
  readonly version: string | null;
}

const PART = '[A-Za-z0-9_][A-Za-z0-9._-]{0,63}';
const REFERENCE = new RegExp(`^vault://([a-z][a-z0-9-]{0,31})/(${PART}(?:/${PART}){0,7})(?:#(${PART}))?(?:@(${PART}))?$`);

/** Reads a reference to a secret; null when the text is none. No part can start with a dot, so a path never climbs out of its store. */
export function readSecretReference(text: string): SecretReference | null {
  const [, store, path, field, version] = REFERENCE.exec(text) ?? [];
  return store === undefined || path === undefined ? null : { store, path, field: field ?? null, version: version ?? null };
}

/** What a target's own secret is kept under, once it no longer shares this one with others. It begins at no version of that. */
export function unshared(reference: string, target: string): string {
  return `${reference.replace(/@[^@]*$/, '')}.${target}`;
}

/** Where a body takes a secret: as its password, and nowhere else. */
const PLACE = 'Password';
const MARK = '$secret';

/** The body with the place where the executor puts the pending secret of this reference. */
export function withSecretOf(reference: string, body: Readonly<Record<string, Json>> = {}): Readonly<Record<string, Json>> {
  return { ...body, [PLACE]: { [MARK]: reference } };
}

/** The reference whose pending secret belongs into a body; null when it takes none. */
export function secretIn(body: Json): string | null {
  const place = fieldOf(body, PLACE);
  if (!isRecord(place) || Object.keys(place).length !== 1) return null;
  const reference = fieldOf(place, MARK);
  return typeof reference === 'string' && readSecretReference(reference) !== null ? reference : null;
}

/** The body as it is sent. */
export function revealedIn(body: Json, secret: string): Json {
  return isRecord(body) ? { ...body, [PLACE]: secret } : body;
}

function fieldOf(value: Json | undefined, name: string): Json | undefined {
  return isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function isRecord(value: Json | undefined): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
