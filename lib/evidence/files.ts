import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readdir, type FileHandle } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { digest, type Digest } from '../model/json.js';

/** Writes a file that must not exist, on disk when it returns; its name is durable after `syncFolder`. */
export async function writeNew(path: string, content: Uint8Array | string): Promise<void> {
  await withFile(path, 'wx', async (file) => {
    await file.writeFile(content);
    await file.sync();
  });
}

export async function syncFolder(folder: string): Promise<void> {
  await withFile(folder, 'r', (handle) => handle.sync());
}

/** Makes a folder and those above it; a new folder is only as durable as its entry in the folder above. */
export async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}

/** Names in a folder, in byte order; none when there is no folder. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort(byBytes);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

/** Paths of everything below a folder that is no folder itself. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  });
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

export interface FileFacts<Of extends string> {
  readonly sha256: Digest<Of>;
  readonly size: number;
}

/** Hashes a regular file in pieces of 1 MiB, where SHA-256 is fastest. A link is not followed. */
export async function hashFile<Of extends string>(path: string): Promise<FileFacts<Of>> {
  return withFile(path, constants.O_RDONLY | constants.O_NOFOLLOW, async (file) => {
    const hash = createHash('sha256');
    const piece = Buffer.allocUnsafe(Math.min(CHUNK, Math.max(1, (await file.stat()).size)));
    let size = 0;
    for (;;) {
      const { bytesRead } = await file.read(piece, 0, piece.length, null);
      if (bytesRead === 0) return { sha256: digest<Of>(hash.digest('hex')), size };
      hash.update(piece.subarray(0, bytesRead));
      size += bytesRead;
    }
  });
}

/** How much is read from a file at a time. */
export const CHUNK = 1024 * 1024;

export async function withFile<T>(path: string, flags: string | number, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, flags, 0o600);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/** Order of UTF-8 bytes, which is how manifests and archives are sorted. */
export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
