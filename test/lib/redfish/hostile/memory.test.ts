import { expect, test } from 'vitest';
import type { FaultName } from '../../../../drill/faults/faults.js';
import { play } from './play.js';

const MEBIBYTE = 1024 * 1024;
const FLOODS: readonly FaultName[] = [
  'endless-body',
  'endless-head',
  'header-flood',
  'huge-header',
  'continue-flood',
  'chunk-extension-flood',
  'status-line-of-a-megabyte',
];

/** The most memory outside of code that this process, which is client and emulated BMC at once, used beyond what it had before. */
async function peakOf(work: () => Promise<unknown>): Promise<number> {
  const used = (): number => {
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = used();
  let peak = before;
  const sampling = setInterval(() => (peak = Math.max(peak, used())), 5);
  await work().finally(() => clearInterval(sampling));
  return peak - before;
}

test.each(FLOODS)('%s: a flood costs no more memory than the limits allow', async (name) => {
  // They never end, or end in megabytes of head. What is parsed or unpacked in one step cannot be sampled so, and is not among them.
  const peak = await peakOf(() => play(name, { limits: { bodyBytes: 4 * MEBIBYTE } }));
  expect(peak).toBeLessThan(160 * MEBIBYTE);
});
