/** What a terminal could obey or hide, beyond what JSON itself escapes: C1 controls, bidi, zero width, line separators, private use. */
const TREACHEROUS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu;

/** JSON that means exactly `value` and cannot steer a terminal: such characters are written as \u escapes, which parsers read back. */
export function toJson(value: unknown, indent = 0): string {
  // Line feeds of the indentation are ours; inside strings JSON.stringify has escaped them already.
  return JSON.stringify(value, null, indent).replace(TREACHEROUS, (character) => (character === '\n' ? character : escaped(character)));
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`).join('');
}
