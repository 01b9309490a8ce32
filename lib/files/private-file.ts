import { randomUUID } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { mkdir, open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Why a file was not read. */
export type FileCode = 'NOT_FOUND' | 'NOT_REGULAR' | 'MODE_TOO_OPEN' | 'TOO_LARGE' | 'UNREADABLE';

export class FileError extends Error {
  override readonly name = 'FileError';
  readonly code: FileCode;

  constructor(code: FileCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Reads a regular file within bounds, never through a symbolic link in its last part, so that what was checked is what is read. */
export async function readBounded(path: string, maxBytes: number): Promise<Buffer> {
  return withFile(path, (file) => readAll(file, path, maxBytes));
}

/** As `readBounded`, and refuses a file that anyone but its owner, who must be us, can read or write. */
export async function readPrivate(path: string, maxBytes: number): Promise<Buffer> {
  return withFile(path, async (file) => {
    requireOurs(path, await file.stat(), '0600');
    return readAll(file, path, maxBytes);
  });
}

/** Writes a whole file or nothing: a new file beside it, fsynced, renamed over it, and the folder fsynced. */
export async function writeAtomic(path: string, content: Uint8Array | string, mode: number): Promise<void> {
  const part = `${path}.${randomUUID()}.part`;
  try {
    const file = await open(part, 'wx', mode);
    try {
      // The umask may have narrowed the mode, never widened it; the caller's mode is what the file gets.
      await file.chmod(mode);
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Makes a folder that only its owner can enter, with its missing parents; refuses one that exists and is more open. */
export async function makePrivateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await requirePrivateFolder(path);
}

/** Throws MODE_TOO_OPEN when others can enter the folder, since they could then replace the files in it. */
export async function requirePrivateFolder(path: string): Promise<void> {
  const stats = await stat(path).catch((cause: unknown) => {
    throw openError(path, cause);
  });
  requireOurs(path, stats, '0700');
}

function requireOurs(path: string, stats: Stats, expected: string): void {
  if ((stats.mode & 0o077) === 0 && stats.uid === (process.getuid?.() ?? stats.uid)) return;
  throw new FileError(
    'MODE_TOO_OPEN',
    `${path}: expected mode ${expected} and our own user, got ${(stats.mode & 0o777).toString(8).padStart(4, '0')} of user ${String(stats.uid)}; ` +
      `chmod ${expected} it, and replace the secrets it held if others had access`,
  );
}

async function withFile<Result>(path: string, use: (file: FileHandle) => Promise<Result>): Promise<Result> {
  // Non-blocking, or a named pipe in the place of a file would hang the open.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch((cause: unknown) => {
    throw openError(path, cause);
  });
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

function openError(path: string, cause: unknown): FileError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : null;
  if (code === 'ENOENT' || code === 'ENOTDIR') return new FileError('NOT_FOUND', `${path}: no such file`, { cause });
  if (code === 'ELOOP')
    return new FileError('NOT_REGULAR', `${path}: expected a file, got a symbolic link; put the file itself there`, { cause });
  return new FileError('UNREADABLE', `${path}: cannot be opened`, { cause });
}

async function readAll(file: FileHandle, path: string, maxBytes: number): Promise<Buffer> {
  const stats = await file.stat();
  if (!stats.isFile()) throw new FileError('NOT_REGULAR', `${path}: expected a regular file`);
  // One byte more than the size shows a file that grows while we read it.
  const buffer = Buffer.alloc(Math.min(stats.size, maxBytes) + 1);
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, null);
    if (bytesRead === 0) return buffer.subarray(0, length);
    length += bytesRead;
  }
  if (length > maxBytes) throw new FileError('TOO_LARGE', `${path}: expected at most ${String(maxBytes)} bytes, got ${String(stats.size)}`);
  throw new FileError('UNREADABLE', `${path}: the file grew while it was read; try again`);
}

/** Makes the names in a folder durable; without it a power cut can lose a file that was synced itself. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
