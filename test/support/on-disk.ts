import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Whatever a zone has on disk beside its secret store, packed or not. */
export async function onDisk(state: string): Promise<readonly Buffer[]> {
  const entries = await readdir(state, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const outside = files.filter((file) => !file.startsWith(join(state, 'secrets')));
  const read = await Promise.all(outside.map((file) => readFile(file)));
  return read.flatMap((bytes) => (bytes[0] === 0x1f && bytes[1] === 0x8b ? [bytes, gunzipSync(bytes)] : [bytes]));
}
