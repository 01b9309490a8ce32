import { FileError } from '../files/private-file.js';
import { VaultError } from './error.js';
import { FileSecret } from './file-secret.js';
import { addressOf, badReference, notFound, nothingPending, pendingExists, requireBase, versionConflict } from './reference.js';
import { openSealer, type Sealer } from './sealer.js';
import type { Credential } from './secret.js';
import type { Pending, Vault, Versioned } from './vault.js';

/**
 * The default secret store, in a folder of mode 0700 that only the worker's user can enter: for each `vault://file/NAME` a folder `NAME.d` with a
 * journal, encrypted to the store's own key (`FOLDER.key.asc`) and to the readers. A file `NAME.json` that a person put there is the next version,
 * until the store takes it in.
 */
export class FileStore implements Vault {
  readonly #folder: string;
  readonly #sealer: Sealer;

  /** `readers`: ASCII armor of the certificates of people who can open everything that is written from now on. */
  constructor(folder: string, readers: readonly string[] = []) {
    this.#folder = folder;
    this.#sealer = openSealer(keyFileOf(folder), readers);
  }

  async read(reference: string): Promise<Versioned> {
    const { secret, version } = this.#addressed(reference);
    return guarded(reference, 'UNREADABLE', async () => {
      const state = await secret.state();
      const found = version === null || version === state.current?.version ? state.current : await secret.version(state, version);
      if (found === null) throw notFound(reference);
      return found;
    });
  }

  async createPending(reference: string, key: string, make: (current: Versioned | null) => Credential): Promise<void> {
    const { secret, version } = this.#addressed(reference);
    await guarded(reference, 'UNWRITABLE', () =>
      secret.decide(async ({ keys, pending, current, versions }) => {
        if (keys.has(key)) return null;
        if (pending !== null) throw pendingExists(reference, pending.key);
        requireBase(reference, version, current);
        return { facts: { what: 'pending', key, base: versions.length }, sealed: await secret.seal(key, make(current)) };
      }),
    );
  }

  async pending(reference: string): Promise<Pending | null> {
    const { secret } = this.#addressed(reference);
    return guarded(reference, 'UNREADABLE', async () => {
      const { pending } = await secret.state();
      return pending === null ? null : { key: pending.key, base: pending.base, credential: await secret.open(pending) };
    });
  }

  async promote(reference: string, key: string, over: number | null = null): Promise<number> {
    const { secret } = this.#addressed(reference);
    let promoted = 0;
    await guarded(reference, 'UNWRITABLE', () =>
      secret.decide(async ({ versions, pending }) => {
        const before = versions.findIndex((version) => version.key === key);
        promoted = (before === -1 ? versions.length : before) + 1;
        if (before !== -1) return null;
        if (pending?.key !== key) throw nothingPending(reference, key);
        if (pending.base !== versions.length && over !== versions.length) throw versionConflict(reference, pending.base, versions.length);
        return { facts: { what: 'promoted', key }, sealed: '' };
      }),
    );
    return promoted;
  }

  async setAside(reference: string, key: string): Promise<void> {
    const { secret } = this.#addressed(reference);
    await guarded(reference, 'UNWRITABLE', () =>
      secret.decide(async ({ pending }) => (pending?.key === key ? { facts: { what: 'set-aside', key }, sealed: '' } : null)),
    );
  }

  /** A person's own credential, as the next version. */
  async write(name: string, credential: Credential): Promise<void> {
    const reference = `vault://file/${name}`;
    const { secret } = this.#addressed(reference);
    if (secret.reference !== reference) throw badReference();
    await guarded(reference, 'UNWRITABLE', () =>
      secret.decide(async () => ({ facts: { what: 'written' }, sealed: await secret.seal(null, credential) })),
    );
  }

  #addressed(reference: string): { readonly secret: FileSecret; readonly version: number | null } {
    const { store, path, version } = addressOf(reference);
    if (store !== 'file') throw new VaultError('UNKNOWN_STORE', `${reference}: expected the store "file", got "${store}"`);
    if (path.includes('/')) throw badReference();
    return { secret: new FileSecret(this.#folder, path, this.#sealer), version };
  }
}

/** Where the key lies that opens a store's files: beside the folder, so that a copy of the folder alone opens nothing. */
export function keyFileOf(folder: string): string {
  return `${folder}.key.asc`;
}

async function guarded<T>(reference: string, code: 'UNREADABLE' | 'UNWRITABLE', work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof VaultError) throw cause;
    throw cause instanceof FileError
      ? fileFailure(reference, cause)
      : new VaultError(
          code,
          `${reference}: the store's files cannot be used; check their owner, the disk's free space and the store's key`,
          {
            cause,
          },
        );
  }
}

function fileFailure(reference: string, cause: FileError): VaultError {
  switch (cause.code) {
    case 'NOT_FOUND':
      // Only the store's folder and key are looked for by name: secrets that are not there are no failure of a file.
      return new VaultError('NOT_FOUND', `${reference}: ${cause.message}`, { cause });
    case 'MODE_TOO_OPEN':
      return new VaultError('MODE_TOO_OPEN', cause.message, { cause });
    case 'NOT_REGULAR':
    case 'TOO_LARGE':
    case 'UNREADABLE':
      return new VaultError('UNREADABLE', cause.message, { cause });
  }
}
