import type { Output } from '../connection.js';

/** What an answer says, as text. */
export type Said = Pick<Output, 'body'>;

/** User names of BMCs in UTF-8 exist; what is none turns into replacement characters, and matches no name of the inventory. */
export function linesOf({ body }: Said): readonly string[] {
  return body.toString('utf8').split('\n');
}

/** The value of the first `Name : value` line; null when there is none. */
export function valueOf(said: Said, name: string): string | null {
  const line = linesOf(said).find((text) => text.startsWith(name) && /^\s*:/.test(text.slice(name.length)));
  return line === undefined ? null : line.slice(line.indexOf(':', name.length) + 1).trim();
}
