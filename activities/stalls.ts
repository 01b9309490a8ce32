import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../lib/store/files.js';
import { final } from './failures.js';

/** So many slices in a row may fail before the target parks; the server's count of tries cannot tell a failed slice from an ended one. */
const STALLS = 6;

/** Runs one slice of work and counts on disk how many have failed in a row. */
export async function unlessStalled<T>(folder: string, slice: () => Promise<T>): Promise<T> {
  const path = join(folder, 'stalls');
  try {
    const result = await slice();
    await rm(path, { force: true });
    return result;
  } catch (error) {
    const stalls = (await readCount(path)) + 1;
    if (stalls >= STALLS) {
      // A person who resolves with retry gets all of them again.
      await rm(path, { force: true });
      const why = error instanceof Error ? error.message : String(error);
      throw final(codeOf(error), `${String(stalls)} slices of the capture failed in a row; what was read is kept. The last: ${why}`);
    }
    await replaceFile(path, String(stalls));
    throw error;
  }
}

async function readCount(path: string): Promise<number> {
  try {
    return Number(await readFile(path, 'utf8')) || 0;
  } catch {
    return 0;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'CAPTURE_STALLED';
}
