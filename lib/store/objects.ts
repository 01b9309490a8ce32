import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonical, sha256 } from '../trust/canonical.js';
import type { Digest } from '../model/json.js';
import { StoreError } from './error.js';
import { createFile, hasCode, replaceFile } from './files.js';

/** Content-addressed canonical JSON: plans, pages, indexes, findings. What comes out hashes to the name it was asked by. */
export interface Objects {
  /** Durable when it returns. Storing the same value again is free. */
  put<Of extends string>(value: unknown): Promise<Digest<Of>>;
  /** The parsed value, unknown until a schema has seen it. OBJECT_MISSING or OBJECT_CORRUPT otherwise. */
  get(digest: Digest<string>): Promise<unknown>;
  /** The canonical bytes, for who wants to hash them too. */
  bytes(digest: Digest<string>): Promise<Uint8Array>;
}

export function openObjects(folder: string): Objects {
  const pathOf = (digest: string): string => join(folder, digest.slice(0, 2), digest);

  async function bytes(digest: Digest<string>): Promise<Uint8Array> {
    const content = await readObject(pathOf(digest), digest);
    if (sha256(content) !== digest)
      throw new StoreError('OBJECT_CORRUPT', `the object ${digest} hashes to ${sha256(content)}; it was changed on disk and is not used`);
    return content;
  }

  return {
    async put<Of extends string>(value: unknown): Promise<Digest<Of>> {
      const text = canonical(value);
      const digest = sha256<Of>(text);
      if (!(await createFile(pathOf(digest), text))) await heal(digest, text);
      return digest;
    },
    bytes,
    async get(digest) {
      const value: unknown = JSON.parse(Buffer.from(await bytes(digest)).toString('utf8'));
      return value;
    },
  };

  async function heal(digest: Digest<string>, text: string): Promise<void> {
    const stored = await readObject(pathOf(digest), digest);
    if (sha256(stored) !== digest) await replaceFile(pathOf(digest), text);
  }
}

async function readObject(path: string, digest: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) throw new StoreError('OBJECT_MISSING', `no object ${digest} in this zone's store`, { cause });
    throw cause;
  }
}
