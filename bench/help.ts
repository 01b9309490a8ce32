import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median, print, round } from './report.js';

/** `cofferdam --help` against a bare node, in turn, so that a noisy machine touches both alike. */
const RUNS = 15;
const CLI = fileURLToPath(new URL('../cli/main.js', import.meta.url));

const ours: number[] = [];
const bare: number[] = [];
for (let run = 0; run < RUNS; run++) {
  bare.push(timed(['-e', '0']));
  ours.push(timed([CLI, '--help']));
}
const ratio = round(median(ours.map((time, n) => time / (bare[n] ?? Number.NaN))));
print(
  [
    {
      figure: 'cofferdam --help',
      ours: round(median(ours), 0),
      peer: round(median(bare), 0),
      unit: 'ms',
      ratio,
      goal: 'at most 1.5 x node -e 0',
      met: ratio <= 1.5,
    },
  ],
  process.argv.slice(2),
);

function timed(args: readonly string[]): number {
  const start = performance.now();
  execFileSync(process.execPath, args, { stdio: 'ignore' });
  return performance.now() - start;
}
