import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { digest, time } from '../model/json.js';
import { sha256 } from '../trust/canonical.js';
import type { Written } from './capture-line.js';
import { onDisk } from './error.js';
import { writeNew } from './files.js';
import type { CapturedFile, Staged } from './types.js';

/**
 * Writes the body of a capture to a new file of the folder, on disk when it returns. DISK_FAILED is the disk's fault; what the chunks of a
 * file end with is thrown as it is.
 */
export async function writeBody(folder: string, path: string, staged: Exclude<Staged, { readonly failure: unknown }>): Promise<Written> {
  if ('file' in staged) return writeChunks(folder, path, staged.file);
  const { body, endedAt } = staged.answer;
  await onDisk(folder, () => writeNew(path, body));
  return { sha256: sha256(body), size: body.length, endedAt };
}

/** Hashed while it is written: no more of it than one piece is held. */
async function writeChunks(folder: string, path: string, { chunks }: CapturedFile): Promise<Written> {
  const file = await onDisk(folder, () => open(path, 'wx', 0o600));
  try {
    const hash = createHash('sha256');
    let size = 0;
    for await (const piece of chunks) {
      hash.update(piece);
      // Not `write`, which may leave the rest of a piece to its caller.
      await onDisk(folder, () => file.writeFile(piece));
      size += piece.length;
    }
    const endedAt = time(Date.now());
    await onDisk(folder, () => file.sync());
    return { sha256: digest(hash.digest('hex')), size, endedAt };
  } finally {
    await file.close();
  }
}
