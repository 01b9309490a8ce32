import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKey } from '../lib/trust/keys.js';
import { captured, triaged } from './capturing.js';
import { keepHeapSmall } from '../worker/heap.js';
import { serveBigLog } from './serving.js';

/** Captures a BMC with so many log entries, and prints what it cost this process at most: `{rssMb, seconds, uris}`. */
const ENTRIES = process.argv[2] ?? '100000';

// As a worker runs.
keepHeapSmall();
const folder = await mkdtemp(join(tmpdir(), 'cofferdam-bench-'));
const bmc = await serveBigLog(ENTRIES);
let rss = 0;
const watch = setInterval(() => {
  rss = Math.max(rss, process.memoryUsage.rss());
}, 100);
try {
  const collector = await generateKey({ name: 'bench', email: 'bench@cofferdam.example' });
  const options = { target: bmc.target, connections: null, folder, collector };
  await triaged(options);
  // Counted and not kept: a list of 100,000 URIs would be the bench's own memory.
  let uris = 0;
  const seconds = await captured(options, () => (uris += 1));
  process.stdout.write(`${JSON.stringify({ rssMb: rss / 1024 ** 2, seconds, uris })}\n`);
} finally {
  clearInterval(watch);
  bmc.stop();
  await rm(folder, { recursive: true, force: true });
}
