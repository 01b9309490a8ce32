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

/** Where a body may take a secret, by the names that lead there, and nowhere else. */
const PLACES = {
  /** Of an account; a login shows what became of it. */
  password: ['Password'],
  /** Of SNMP on an iDRAC; the setting itself shows it. */
  community: ['Attributes', 'SNMP.1.AgentCommunity'],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type SecretPlace = keyof typeof PLACES;
const MARK = '$secret';

/** The body with the place where the executor puts the pending secret of this reference. */
export function withSecretOf(
  reference: string,
  body: Readonly<Record<string, Json>> = {},
  place: SecretPlace = 'password',
): Readonly<Record<string, Json>> {
  return put(body, PLACES[place], { [MARK]: reference });
}

/** Where a body takes a secret, and the reference whose pending one belongs there; null when it takes none, or more than one. */
export function secretPlaceIn(body: Json): { readonly place: SecretPlace; readonly reference: string } | null {
  const [found, ...more] = NAMES.flatMap((place) => {
    const value = valueAt(body, PLACES[place]);
    const reference = isRecord(value) && Object.keys(value).length === 1 ? fieldOf(value, MARK) : undefined;
    return typeof reference === 'string' && readSecretReference(reference) !== null ? [{ place, reference }] : [];
  });
  return found === undefined || more.length > 0 ? null : found;
}

/** The reference whose pending secret belongs into a body; null when it takes none. */
export function secretIn(body: Json): string | null {
  return secretPlaceIn(body)?.reference ?? null;
}

/** Whether anything but one reference stands where a secret belongs. */
export function hasClearSecret(body: Json): boolean {
  return NAMES.some((place) => valueAt(body, PLACES[place]) !== undefined && secretPlaceIn(body)?.place !== place);
}

/** The body as it is sent. */
export function revealedIn(body: Json, secret: string): Json {
  const found = secretPlaceIn(body);
  return found === null || !isRecord(body) ? body : put(body, PLACES[found.place], secret);
}

/** What stands at the place of a secret in a body or a resource. */
export function valueAtPlace(json: Json | undefined, place: SecretPlace): Json | undefined {
  return valueAt(json, PLACES[place]);
}

const NAMES = ['password', 'community'] as const satisfies readonly SecretPlace[];

function put(body: Readonly<Record<string, Json>>, [name = '', ...rest]: readonly string[], value: Json): Readonly<Record<string, Json>> {
  const within = fieldOf(body, name);
  return { ...body, [name]: rest.length === 0 ? value : put(isRecord(within) ? within : {}, rest, value) };
}

function valueAt(json: Json | undefined, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((value, name) => fieldOf(value, name), json);
}

function fieldOf(value: Json | undefined, name: string): Json | undefined {
  return isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function isRecord(value: Json | undefined): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
