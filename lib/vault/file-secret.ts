import { join } from 'node:path';
import { z } from 'zod';
import { makePrivateFolder, requirePrivateFolder } from '../files/private-file.js';
import { VaultError } from './error.js';
import { append, readJournal, type NewEntry } from './journal.js';
import { readPlain, retirePlain, sameCredential } from './plain.js';
import type { Sealer } from './sealer.js';
import { Secret, type Credential } from './secret.js';
import { foldJournal, type Held, type Standing } from './standing.js';
import type { Versioned } from './vault.js';

/** How a secret of the file store stands now. */
export interface State extends Standing {
  /** A person's file that the store has not taken away yet. */
  readonly plain: Credential | null;
  readonly current: Versioned | null;
}

/** Others were faster that often in a row: somebody is in a loop. */
const TRIES = 50;

/** One secret of the file store. Throws VaultError, and what the file system throws. */
export class FileSecret {
  readonly reference: string;
  readonly #root: string;
  readonly #journal: string;
  readonly #plain: string;
  readonly #sealer: Sealer;

  constructor(root: string, name: string, sealer: Sealer) {
    this.reference = `vault://file/${name}`;
    this.#root = root;
    this.#journal = join(root, `${name}.d`);
    this.#plain = join(root, `${name}.json`);
    this.#sealer = sealer;
  }

  /** A person's file is looked at before and after the journal: taken in between the two, it would count once too often or not at all. */
  async state(): Promise<State> {
    await requirePrivateFolder(this.#root);
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const plain = await readPlain(this.#plain);
      const standing = foldJournal(await readJournal(this.#journal));
      const newest = await this.version(standing, standing.versions.length);
      if (!sameOrNone(plain, await readPlain(this.#plain))) continue;
      const known = plain === null || (newest !== null && sameCredential(plain, newest.credential));
      const current = known ? newest : { credential: plain, version: standing.versions.length + 1, key: null };
      return { ...standing, plain, current };
    }
    throw this.#contended();
  }

  /** Null when there is no such version. */
  async version({ versions }: Standing, version: number): Promise<Versioned | null> {
    const held = versions[version - 1];
    return held === undefined ? null : { version, key: held.key, credential: await this.open(held) };
  }

  /** Adds the entry that `next` makes of the state as it is, none for null; asks again when somebody else was faster. */
  async decide(next: (state: State) => Promise<NewEntry | null>): Promise<void> {
    await makePrivateFolder(this.#root);
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const state = await this.state();
      if (state.plain !== null) {
        await this.#takeIn(state, state.plain);
        continue;
      }
      const entry = await next(state);
      if (entry === null || (await append(this.#journal, state.length, entry))) return;
    }
    throw this.#contended();
  }

  async seal(key: string | null, { userName, password }: Credential): Promise<string> {
    return this.#sealer.seal(`${JSON.stringify({ secret: this.reference, key, userName, password: password.reveal() })}\n`);
  }

  /** Refuses what was sealed as something else: files can be mixed up in a restore. */
  async open({ key, sealed }: Held): Promise<Credential> {
    const record = parse(await this.#sealer.open(sealed));
    if (record?.secret === this.reference && record.key === key) return { userName: record.userName, password: Secret.of(record.password) };
    throw new VaultError('UNREADABLE', `${this.reference}: its journal holds something else; put ${this.#journal} back from a backup`);
  }

  /** A person's file becomes a version first, and goes away once it is one. */
  async #takeIn(state: State, plain: Credential): Promise<void> {
    if (state.current !== null && state.current.version > state.versions.length)
      await append(this.#journal, state.length, { facts: { what: 'written' }, sealed: await this.seal(null, plain) });
    else await retirePlain(this.#plain, plain, this.#journal);
  }

  #contended(): VaultError {
    return new VaultError('UNWRITABLE', `${this.reference}: others change it without end; find out who`);
  }
}

const Record = z.strictObject({
  secret: z.string(),
  key: z.string().nullable(),
  userName: z.string().min(1),
  password: z.string().min(1),
});

/** Null rather than an error that could quote the text it could not parse. */
function parse(text: string): z.infer<typeof Record> | null {
  try {
    return Record.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function sameOrNone(one: Credential | null, other: Credential | null): boolean {
  return one === null || other === null ? one === other : sameCredential(one, other);
}
