import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MEMORY = '/dev/shm';
const BYTES = 4 * 1024 ** 3;

/**
 * Lets tests keep what is temporary in memory, where the machine has room for that. Thousands of cases sync every claim to disk, and no test cuts
 * the power: what a killed process leaves is the same in memory.
 */
export function keepTemporaryInMemory(): void {
  const folder = folderInMemory();
  if (folder === null) return;
  process.env['TMPDIR'] = folder;
  process.once('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
}

/** Null where there is none, where it is small, or where no script can be run from it. */
function folderInMemory(): string | null {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    if (bavail * bsize < BYTES) return null;
    const folder = mkdtempSync(join(MEMORY, 'test-in-memory-'));
    const script = join(folder, 'runs');
    writeFileSync(script, '#!/bin/sh\n');
    chmodSync(script, 0o700);
    const { status } = spawnSync(script);
    rmSync(status === 0 ? script : folder, { recursive: true, force: true });
    return status === 0 ? folder : null;
  } catch {
    return null;
  }
}
