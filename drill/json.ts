import type { Json } from '../lib/model/json.js';

/** A Redfish resource, or any part of one that has names. */
export type JsonObject = Readonly<Record<string, Json>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a path of names; undefined where the path ends early. */
export function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((part, name) => (isObject(part) ? part[name] : undefined), value);
}

/** The text at a path; empty when there is none, as many BMCs write an absent text. */
export function textAt(value: Json | undefined, ...path: readonly string[]): string {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : '';
}

/** The list at a path; empty when there is none. */
export function listAt(value: Json | undefined, ...path: readonly string[]): readonly Json[] {
  const found = at(value, ...path);
  return isList(found) ? found : [];
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** Null for anything but a JSON object. */
export function parseObject(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** The object but for one name. */
export function without(body: JsonObject, name: string): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([key]) => key !== name));
}

export function link(uri: string): JsonObject {
  return { '@odata.id': uri };
}

/** URIs of a collection's members, linked or inline. */
export function memberUris(collection: JsonObject | null): string[] {
  return listAt(collection ?? undefined, 'Members')
    .map((member) => textAt(member, '@odata.id'))
    .filter((uri) => uri !== '');
}

/** The collection with other members, everything else as it was. */
export function withMembers(collection: JsonObject, members: readonly Json[]): JsonObject {
  return { ...collection, Members: members, 'Members@odata.count': members.length };
}
