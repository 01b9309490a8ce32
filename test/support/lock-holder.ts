import { openTargetLocks } from '../../lib/store/target-lock.js';
import { id } from '../../lib/model/json.js';

/** A process of its own that takes a target's lock and keeps it until it is ended: arguments are the folder and the limit in milliseconds. */
const [folder = '', limitMs = '60000'] = process.argv.slice(2);
const signal = new AbortController().signal;
await openTargetLocks(folder).hold(
  { target: id('bmc-1'), work: 'elsewhere', limitMs: Number(limitMs), waitMs: 30_000, signal },
  async () => {
    process.stdout.write('held\n');
    await new Promise((resolve) => setTimeout(resolve, 600_000));
  },
);
