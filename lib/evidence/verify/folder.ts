import type { Stats } from 'node:fs';
import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Contents } from './contents.js';
import { Refused } from './refused.js';

/** Reads an unpacked seal without following a link: what the folder holds and nothing that it points to. */
export async function readFolder(path: string, where: string, contents: Contents): Promise<void> {
  await readDirectory(path, basename(path), where, contents);
  contents.finish();
}

async function readDirectory(path: string, name: string, where: string, contents: Contents): Promise<void> {
  contents.directory(name);
  for (const child of (await readdir(path)).sort()) {
    const at = join(path, child);
    const stats = await lstat(at);
    if (stats.isDirectory()) await readDirectory(at, `${name}/${child}`, where, contents);
    else await readFile(at, `${name}/${child}`, stats, where, contents);
  }
}

async function readFile(path: string, name: string, stats: Stats, where: string, contents: Contents): Promise<void> {
  const at = `${where}: ${name}`;
  if (!stats.isFile()) throw new Refused('ENTRY_TYPE', at, 'files and directories only', 'a link, device, pipe or socket');
  if ((stats.mode & 0o7000) !== 0) throw new Refused('ENTRY_MODE', at, 'permissions only', `mode ${(stats.mode & 0o7777).toString(8)}`);
  // The file may be swapped for a link between looking and opening.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    await contents.file(name, stats.size, sized(file.createReadStream({ highWaterMark: 1024 * 1024, autoClose: false }), stats.size, at));
  } finally {
    await file.close();
  }
}

async function* sized(stream: AsyncIterable<unknown>, size: number, where: string): AsyncGenerator<Buffer> {
  let read = 0;
  for await (const chunk of stream) {
    if (!Buffer.isBuffer(chunk)) continue;
    read += chunk.length;
    if (read > size) break;
    yield chunk;
  }
  if (read !== size)
    throw new Refused('FILE_CHANGED', where, `${String(size)} bytes`, `${read > size ? 'more' : String(read)}, while it was read`);
}
