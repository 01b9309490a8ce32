import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    tally: string;
  }
}

/** The number of cases over all files and processes, as one line at the end. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'cofferdam-tally-'));
  const file = join(folder, 'cases');
  await appendFile(file, '');
  provide('tally', file);
  return async () => {
    const kinds = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
    await rm(folder, { recursive: true, force: true });
    const each = [...new Set(kinds)].map((kind) => `${String(kinds.filter((one) => one === kind).length)} ${kind}`);
    process.stdout.write(`rotation: ${String(kinds.length)} cases (${each.join(', ')})\n`);
  };
}
