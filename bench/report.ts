import Table from 'cli-table3';

/** One measured figure; a contract of `npm run -s bench:NAME -- -o json`: fields may be added, never renamed. */
export interface Figure {
  readonly figure: string;
  readonly ours: number;
  /** The peer's or the raw limit's value in the same run; null where the goal is absolute. */
  readonly peer: number | null;
  readonly unit: string;
  readonly ratio: number | null;
  readonly goal: string;
  readonly met: boolean;
}

/** Prints figures as a table, or with `-o json` as JSON. Never fails on a missed goal: a missed figure is reported, not hidden. */
export function print(figures: readonly Figure[], argv: readonly string[]): void {
  if (argv.includes('json')) {
    process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
    return;
  }
  const table = new Table({ head: ['figure', 'ours', 'peer', 'unit', 'ratio', 'goal', 'met'], style: { head: [], border: [] } });
  for (const { figure, ours, peer, unit, ratio, goal, met } of figures)
    table.push([figure, String(ours), String(peer ?? '-'), unit, String(ratio ?? '-'), goal, met ? 'yes' : 'NO']);
  process.stdout.write(`${table.toString()}\n`);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export function round(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}
