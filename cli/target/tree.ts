import type { Json } from '../../lib/model/json.js';
import { safe, styled, text, type Text } from '../output/text.js';

/** JSON for people: one field a line, a list of flat objects one a line. Everything in it may come from a BMC. */
export function treeLines(value: Json, indent = 0): readonly Text[] {
  const margin: Text = { parts: [{ text: '  '.repeat(indent), style: null }] };
  if (!isObject(value)) return [text`${margin}${flat(value)}`];
  return Object.entries(value).flatMap(([name, member]) => {
    if (isList(member))
      return [text`${margin}${styled('bold', name)} (${member.length})`, ...member.map((item) => text`${margin}  ${flat(item)}`)];
    if (isObject(member)) return [text`${margin}${styled('bold', name)}`, ...treeLines(member, indent + 1)];
    return [text`${margin}${name}: ${flat(member)}`];
  });
}

function flat(value: Json): Text {
  if (value === null) return styled('dim', 'not said');
  if (typeof value !== 'object') return safe(String(value));
  const words = Object.entries(value).map(([name, member]) =>
    isObject(value) && !isList(value) ? `${name} ${scalar(member)}` : scalar(member),
  );
  return safe(words.join(', '));
}

function scalar(value: Json): string {
  if (value === null) return '-';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
