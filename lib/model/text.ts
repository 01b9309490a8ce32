/** Controls (C0, C1), format characters (bidi, zero width, tags, soft hyphen), separators but the plain space, surrogates, private use, unassigned. */
const NOT_PLAIN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]+|(?! )\p{Zs}/gu;

/** Text that came from a BMC, made safe for one line of a message or a terminal: what could move the cursor, turn the text around or hide is replaced by a space, and the length is bounded. */
export function plain(text: string, max: number): string {
  // Cut first: a hostile megabyte is not worth a regular expression.
  const line = text
    .slice(0, max * 4)
    .replace(NOT_PLAIN, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
  const characters = Array.from(line);
  return characters.length <= max ? line : `${characters.slice(0, max - 1).join('')}…`;
}
