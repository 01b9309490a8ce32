import { randomUUID } from 'node:crypto';
import { link, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { FileError, readPrivate, syncFolder } from '../files/private-file.js';
import { unlessCode } from '../store/files.js';
import { VaultError } from './error.js';
import { Secret, type Credential } from './secret.js';

const MAX_BYTES = 16_384;

/** A credential that a person put into the store's folder by hand, unencrypted; null when there is none. */
export async function readPlain(path: string): Promise<Credential | null> {
  const text = await readPrivate(path, MAX_BYTES).catch((error: unknown) => {
    if (error instanceof FileError && error.code === 'NOT_FOUND') return null;
    throw error;
  });
  if (text === null) return null;
  const credential = readLogin(text.toString('utf8'));
  if (credential !== null) return credential;
  throw new VaultError('UNREADABLE', `${path}: expected JSON {"userName": "...", "password": "..."}, got something else`);
}

/**
 * Takes such a file away once the store holds what was in it. What somebody put in its place meanwhile is put back; where even that place is taken
 * again, it stays in `folder` under another name, since nothing that may be a BMC's secret is destroyed.
 */
export async function retirePlain(path: string, kept: Credential, folder: string): Promise<void> {
  const taken = join(folder, `taken.${randomUUID()}.json`);
  if (!(await unlessCode('ENOENT', rename(path, taken)))) return;
  const found = await readPlain(taken).catch(() => null);
  if ((found !== null && sameCredential(found, kept)) || (await unlessCode('EEXIST', link(taken, path)))) await unlink(taken);
  await syncFolder(folder);
  await syncFolder(dirname(path));
}

export function sameCredential(one: Credential, other: Credential): boolean {
  return one.userName === other.userName && one.password.reveal() === other.password.reveal();
}

const Login = z.object({ userName: z.string().min(1), password: z.string().min(1) }).strict();

/** Null rather than an error that could quote the text it could not parse. */
function readLogin(text: string): Credential | null {
  try {
    const { userName, password } = Login.parse(JSON.parse(text));
    return { userName, password: Secret.of(password) };
  } catch {
    return null;
  }
}
