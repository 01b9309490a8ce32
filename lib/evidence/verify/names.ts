import type { RefusalCode } from './codes.js';

/** The longest name of ours is a digest with two extensions; the top directory carries two ids and a number. */
const PART_BYTES = 80;
const TOP_BYTES = 112;
const PATH_BYTES = 95;

const PART = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const RESERVED = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;

/** Why a path of an archive, top directory included, is not one of ours; null when it is. Our names need no escaping in any tool. */
export function nameProblem(path: string): RefusalCode | null {
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) return 'NAME_ABSOLUTE';
  const [top = '', ...below] = path.split('/');
  for (const part of [top, ...below]) {
    if (part === '' || part === '.' || part === '..') return 'NAME_TRAVERSAL';
    if (!PART.test(part)) return 'NAME_CHARACTER';
    if (RESERVED.test(part) || part.endsWith('.')) return 'NAME_RESERVED';
  }
  const tooLong = top.length > TOP_BYTES || below.some((part) => part.length > PART_BYTES) || below.join('/').length > PATH_BYTES;
  return tooLong ? 'NAME_TOO_LONG' : null;
}
