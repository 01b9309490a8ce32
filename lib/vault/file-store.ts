import { join } from 'node:path';
import { z } from 'zod';
import { FileError, makePrivateFolder, readPrivate, requirePrivateFolder, writeAtomic } from '../files/private-file.js';
import { readSecretReference } from '../model/secret-reference.js';
import { VaultError } from './error.js';
import { Secret, type Credential } from './secret.js';

const MAX_BYTES = 16_384;

/**
 * The default secret store: one file `NAME.json` for each `vault://file/NAME`, mode 0600, in a folder of mode 0700 that only the worker's user can
 * enter. The folder must be on an encrypted disk if the machine can be stolen: the files are not encrypted.
 */
export class FileStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Throws a VaultError; never puts anything of the file's content into it. */
  async read(reference: string): Promise<Credential> {
    const name = nameIn(reference);
    const text = await this.#readFile(name).catch((cause: unknown) => {
      throw readError(reference, cause);
    });
    const record = parse(text.toString('utf8'));
    if (record === null)
      throw new VaultError(
        'UNREADABLE',
        `${reference}: expected JSON {"userName": "...", "password": "..."} in the store's file ${name}.json, got something else`,
      );
    return { userName: record.userName, password: Secret.of(record.password) };
  }

  /** Writes or replaces a credential, whole or not at all. */
  async write(name: string, credential: Credential): Promise<void> {
    if (nameIn(`vault://file/${name}`) !== name) throw badReference();
    const text = JSON.stringify({ userName: credential.userName, password: credential.password.reveal() });
    try {
      await makePrivateFolder(this.#folder);
      await writeAtomic(this.#pathOf(name), `${text}\n`, 0o600);
    } catch (cause) {
      throw new VaultError(
        'UNWRITABLE',
        `vault://file/${name}: cannot be written to ${this.#folder}; check the folder's owner and free space`,
        { cause },
      );
    }
  }

  async #readFile(name: string): Promise<Buffer> {
    await requirePrivateFolder(this.#folder);
    return readPrivate(this.#pathOf(name), MAX_BYTES);
  }

  #pathOf(name: string): string {
    return join(this.#folder, `${name}.json`);
  }
}

const Record = z.strictObject({ userName: z.string().min(1), password: z.string().min(1) });

/** Null rather than an error that could quote the text it could not parse. */
function parse(text: string): z.infer<typeof Record> | null {
  try {
    return Record.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

function nameIn(reference: string): string {
  const parts = readSecretReference(reference);
  if (parts === null) throw badReference();
  if (parts.store !== 'file')
    throw new VaultError(
      'UNKNOWN_STORE',
      `${reference}: expected the store "file", which is the only one this version has, got "${parts.store}"`,
    );
  if (parts.path.includes('/') || parts.field !== null || parts.version !== null) throw badReference();
  return parts.path;
}

/** Does not quote what it got: people have been known to write the password where its reference belongs. */
function badReference(): VaultError {
  return new VaultError('BAD_REFERENCE', 'expected vault://file/NAME with letters, digits, ".", "_" and "-" in NAME, got something else');
}

function readError(reference: string, cause: unknown): VaultError {
  if (!(cause instanceof FileError)) return new VaultError('UNREADABLE', `${reference}: cannot be read`, { cause });
  switch (cause.code) {
    case 'NOT_FOUND':
      return new VaultError('NOT_FOUND', `${reference}: the store has no such secret; write it as docs/site.md describes under "Secrets"`, {
        cause,
      });
    case 'MODE_TOO_OPEN':
      return new VaultError('MODE_TOO_OPEN', cause.message, { cause });
    case 'NOT_REGULAR':
    case 'TOO_LARGE':
    case 'UNREADABLE':
      return new VaultError('UNREADABLE', cause.message, { cause });
  }
}
