/** Splits a file of lines that each end in LF; null when the last one does not. */
export function linesOf(bytes: Buffer): string[] | null {
  const text = bytes.toString('utf8');
  if (text === '') return [];
  return text.endsWith('\n') ? text.slice(0, -1).split('\n') : null;
}
