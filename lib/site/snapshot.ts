import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readBounded, syncFolder } from '../files/private-file.js';
import { sha256 } from '../trust/canonical.js';
import { SiteError } from './error.js';
import { loadSite, type LoadedSite } from './load.js';

const MAX_BYTES = 16 * 1_048_576;

/**
 * Copies exactly the files that count into a new folder, from which the incident then lives: later edits of the site directory do not touch it.
 * Repeating it changes nothing. Throws SITE_CHANGED when the files are no longer those that were loaded, or another snapshot is there already.
 */
export async function snapshotSite(loaded: LoadedSite, toDir: string): Promise<void> {
  if (await holdsIt(loaded, toDir)) return;
  const part = `${toDir}.${randomUUID()}.part`;
  try {
    for (const { path, sha256: expected } of loaded.files) await copyOne(loaded.dir, part, path, expected);
    for (const folder of new Set(loaded.files.map(({ path }) => dirname(join(part, path))))) await syncFolder(folder);
    await rename(part, toDir);
    await syncFolder(dirname(toDir));
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    // Another attempt of the same work may have been faster; a folder is never replaced.
    if (!(await holdsIt(loaded, toDir))) throw error;
  }
}

async function holdsIt(loaded: LoadedSite, toDir: string): Promise<boolean> {
  const there = await loadSite(toDir).catch((error: unknown) => {
    if (error instanceof SiteError && error.code === 'SITE_MISSING') return null;
    throw error;
  });
  if (there === null) return false;
  if (there.digest === loaded.digest) return true;
  throw new SiteError('SITE_CHANGED', `${toDir}: there is a snapshot of another site already; an incident keeps the one it opened with`);
}

async function copyOne(from: string, to: string, path: string, expected: string): Promise<void> {
  const bytes = await readBounded(join(from, path), MAX_BYTES);
  if (sha256(bytes) !== expected)
    throw new SiteError(
      'SITE_CHANGED',
      `${join(from, path)} changed while the incident opened; leave the site directory alone for a moment and try again`,
    );
  await mkdir(dirname(join(to, path)), { recursive: true, mode: 0o700 });
  await writeFile(join(to, path), bytes, { flag: 'wx', mode: 0o400, flush: true });
}
