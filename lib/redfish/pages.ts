import { at, isList, membersOf, nextPageOf } from './json.js';
import type { Answer } from './types.js';
import { canonicalUri } from './uri.js';

/**
 * The page after this one when the service gives no `nextLink` and yet counts more members than it has shown: the same collection with `$skip`
 * (DSP0266). Null when nothing is missing, or when the page brought nothing and so the next would neither. A service that ignores `$skip`
 * shows the same members again: the caller stops when a page brings nothing new.
 */
export function skippedPageOf(answer: Pick<Answer, 'uri' | 'json'>): string | null {
  const count = at(answer.json ?? undefined, 'Members@odata.count');
  const members = at(answer.json ?? undefined, 'Members');
  if (typeof count !== 'number' || !isList(members) || members.length === 0 || nextPageOf(answer) !== null) return null;
  const [path = '', query = ''] = answer.uri.split('?');
  // Any other query asked for something else than the whole.
  const skip = query === '' ? 0 : Number(/^\$skip=(\d{1,9})$/.exec(query)?.[1] ?? Number.NaN);
  const shown = skip + members.length;
  return count > shown ? canonicalUri(`${path}?$skip=${String(shown)}`, path) : null;
}

/** The page after those read so far, by `nextLink` or `$skip`; null when they are all, or when the last one brought nothing new. */
export function pageAfter(pages: readonly Pick<Answer, 'uri' | 'json'>[]): string | null {
  const last = pages.at(-1);
  if (last === undefined) return null;
  const linked = nextPageOf(last);
  if (linked !== null || pages.length === 1) return linked ?? skippedPageOf(last);
  const before = new Set(pages.slice(0, -1).flatMap((page) => membersOf(page).map(({ uri }) => uri)));
  return membersOf(last).some(({ uri }) => !before.has(uri)) ? skippedPageOf(last) : null;
}
