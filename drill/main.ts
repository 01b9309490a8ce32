import { FleetError } from './errors.js';
import { runFleet } from './run.js';

const ended = new Promise<void>((resolve) => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
});

try {
  await runFleet(process.argv.slice(2), process.stdin, process.stdout, ended);
  // A terminal's open stdin would keep the process.
  process.exit(0);
} catch (error) {
  process.stderr.write(`drill fleet: ${error instanceof Error ? error.message : String(error)}\n`);
  // node:util's parseArgs throws a TypeError for an option it does not know.
  process.exit(error instanceof FleetError || error instanceof TypeError ? 2 : 1);
}
