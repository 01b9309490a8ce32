import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { stateFolder } from '../lib/site/config.js';
import { loadSite } from '../lib/site/load.js';
import type { FileStore } from '../lib/vault/file-store.js';
import { Secret } from '../lib/vault/secret.js';
import { fileStoreOf } from './stores.js';

/** Where the store is; the same flags as the worker's own. */
export interface StoreFlags {
  readonly site: string;
  readonly state?: string;
}

/** Stores one login; the password comes over standard input, since arguments show in the process list. */
export async function putSecret(name: string, userName: string, flags: StoreFlags): Promise<void> {
  const password = (await text(process.stdin)).replace(/\r?\n$/, '');
  if (password === '') throw new RangeError('expected the password on standard input, got nothing');
  await (await storeOf(flags)).write(name, { userName, password: Secret.of(password) });
  process.stderr.write(`stored; in inventory.yaml: secret: vault://file/${name}\n`);
}

/** Stores many logins: on standard input one JSON object a line, `{"name","userName","password"}`. */
export async function putSecrets(flags: StoreFlags): Promise<void> {
  const store = await storeOf(flags);
  let count = 0;
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === '') continue;
    const { name, userName, password } = readLogin(line, count + 1);
    await store.write(name, { userName, password: Secret.of(password) });
    count++;
  }
  process.stderr.write(`stored ${String(count)} logins\n`);
}

const loginSchema = z.strictObject({ name: z.string(), userName: z.string(), password: z.string().min(1) });

function readLogin(line: string, number: number): z.infer<typeof loginSchema> {
  try {
    return loginSchema.parse(JSON.parse(line));
  } catch {
    // The line may hold a password, so neither it nor the parser's words are shown.
    throw new RangeError(`line ${String(number)} is not {"name","userName","password"}`);
  }
}

async function storeOf(flags: StoreFlags): Promise<FileStore> {
  const loaded = await loadSite(flags.site);
  return fileStoreOf(loaded, stateFolder(flags.state, loaded.site.name));
}
