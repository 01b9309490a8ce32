/** The known name that a mistyped one most likely stands for; null when none is near. */
export function suggest(typed: string, known: readonly string[]): string | null {
  let best: string | null = null;
  let least = Math.max(1, Math.floor(typed.length / 3)) + 1;
  for (const name of known) {
    const edits = distance(typed.toLowerCase(), name.toLowerCase());
    if (edits >= least) continue;
    best = name;
    least = edits;
  }
  return best;
}

/** `did you mean "x"?`, or the list of what is known. */
export function hint(typed: string, known: readonly string[]): string {
  const near = suggest(typed, known);
  if (near !== null) return `did you mean "${near}"?`;
  return known.length === 0
    ? 'there is none to choose from yet'
    : `known: ${known.slice(0, 20).join(', ')}${known.length > 20 ? ', …' : ''}`;
}

/** Edits (insert, delete, replace) from one text to the other. */
function distance(from: string, to: string): number {
  if (from.length > 100 || to.length > 100) return Infinity;
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [index, letter] of Array.from(from).entries()) {
    let left = index + 1;
    const next = [left];
    for (const [column, other] of Array.from(to).entries()) {
      left = Math.min((row[column] ?? 0) + Number(letter !== other), (row[column + 1] ?? 0) + 1, left + 1);
      next.push(left);
    }
    row = next;
  }
  return row[to.length] ?? Infinity;
}
