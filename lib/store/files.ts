import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { z } from 'zod';
import { StoreError } from './error.js';

/** Replaces a file so that readers, and we after a power cut, see the old text or the new one and never a part. */
export async function replaceFile(path: string, text: string | Uint8Array): Promise<void> {
  await withDraft(path, text, (draft) => rename(draft, path));
  await syncFolder(dirname(path));
}

/** Creates a file whole and durable; false when one of that name is there already, which then stays as it is. */
export async function createFile(path: string, text: string | Uint8Array): Promise<boolean> {
  const created = await withDraft(path, text, async (draft) => {
    // A link is as exclusive as O_EXCL, and the name never shows a half-written file.
    const linked = await unlessCode('EEXIST', link(draft, path));
    await unlink(draft);
    return linked;
  });
  await syncFolder(dirname(path));
  return created;
}

/** The text of a file; null when there is none. */
export async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

/** A small JSON record; null when there is none, RECORD_UNREADABLE when it is not what it should be. */
export async function readRecord<T>(path: string, schema: z.ZodType<T>): Promise<T | null> {
  const text = await readIfThere(path);
  if (text === null) return null;
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new StoreError('RECORD_UNREADABLE', `${path} is not a record of its kind; look for a full disk or a hand that edited it`, {
      cause,
    });
  }
}

export async function removeFile(path: string): Promise<void> {
  await unlessCode('ENOENT', unlink(path));
}

/** File names ending in `.json`; drafts of a writer that died do not. None when the folder is not there yet. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith('.json'));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** Waits for the work; false when it failed with just this file-system code. */
export async function unlessCode(code: string, work: Promise<void>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (hasCode(error, code)) return false;
    throw error;
  }
}

async function withDraft<T>(path: string, text: string | Uint8Array, publish: (draft: string) => Promise<T>): Promise<T> {
  await makeFolder(dirname(path));
  const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
    await file.close();
    return await publish(draft);
  } catch (error) {
    await file.close();
    await unlessCode('ENOENT', unlink(draft));
    throw error;
  }
}

/** A new folder is only as durable as its entry in the folder above. */
async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
