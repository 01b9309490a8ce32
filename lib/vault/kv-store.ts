import { createHash } from 'node:crypto';
import { VaultError } from './error.js';
import type { KvClient, KvRecord } from './kv-client.js';
import { isOf, loginIn, recordOf, waitingIn, waitingRecord } from './kv-records.js';
import { addressOf, notFound, nothingPending, pendingExists, requireBase, versionConflict } from './reference.js';
import type { Credential } from './secret.js';
import type { Pending, Vault, Versioned } from './vault.js';

/** Others were faster that often in a row, or the server takes nothing. */
const TRIES = 20;
/** So many versions back it is known under which key they were made; the server itself keeps ten. */
const REMEMBERED = 16;

/**
 * HashiCorp Vault or OpenBao, KV version 2. `PATH` holds the current credential and its versions, `PATH~pending` the pending one, and
 * `PATH~aside/…` each that was set aside: no reference can name the latter two. Every write names the version it comes after (`cas`), and nothing is
 * destroyed: what was pending is copied before it is deleted, softly, by its version.
 */
export class KvStore implements Vault {
  readonly #client: KvClient;

  constructor(client: KvClient) {
    this.#client = client;
  }

  async read(reference: string): Promise<Versioned> {
    const { path, version } = addressOf(reference);
    const found = loginIn(reference, await this.#client.read(path, version));
    if (found === null) throw notFound(reference);
    return found;
  }

  async createPending(reference: string, key: string, make: (current: Versioned | null) => Credential): Promise<void> {
    const { path, version } = addressOf(reference);
    await this.#decide(reference, async () => {
      const { slot, waiting, current } = await this.#look(reference, path);
      if (waiting?.key === key) return true;
      if (waiting !== null) throw pendingExists(reference, waiting.key);
      if (await this.#wasUsed(reference, path, current, key)) return true;
      const login = loginIn(reference, current);
      requireBase(reference, version, login);
      return this.#client.write(slotOf(path), slot.version, waitingRecord({ key, base: current.version, credential: make(login) }));
    });
  }

  async pending(reference: string): Promise<Pending | null> {
    const { path } = addressOf(reference);
    return (await this.#look(reference, path)).waiting;
  }

  async promote(reference: string, key: string, over: number | null = null): Promise<number> {
    const { path } = addressOf(reference);
    let promoted = 0;
    await this.#decide(reference, async () => {
      const { waiting, current } = await this.#look(reference, path);
      if (waiting?.key !== key) {
        promoted = (await this.#promotedAs(path, current, key)) ?? 0;
        if (promoted === 0) throw nothingPending(reference, key);
        return true;
      }
      if (waiting.base !== current.version && over !== current.version) throw versionConflict(reference, waiting.base, current.version);
      // What is in the way of the next one is cleared when that is seen, also after a crash here.
      await this.#client.write(path, current.version, recordOf(waiting, current));
      return false;
    });
    return promoted;
  }

  async setAside(reference: string, key: string): Promise<void> {
    const { path } = addressOf(reference);
    await this.#decide(reference, async () => {
      const { slot, waiting } = await this.#look(reference, path);
      if (waiting?.key !== key) return true;
      const aside = asideOf(path, key);
      if (
        !(await this.#client.write(aside, 0, waitingRecord(waiting))) &&
        waitingIn(reference, await this.#client.read(aside))?.key !== key
      )
        return false;
      await this.#client.hide(slotOf(path), slot.version);
      return true;
    });
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  /** How things stand. What was promoted and is still in the pending place (the worker died between the two) is taken out of it first. */
  async #look(reference: string, path: string): Promise<{ slot: KvRecord; waiting: Pending | null; current: KvRecord }> {
    const slot = await this.#client.read(slotOf(path));
    const waiting = waitingIn(reference, slot);
    const current = await this.#client.read(path);
    if (waiting === null || waiting.base >= current.version) return { slot, waiting, current };
    if ((await this.#promotedAs(path, current, waiting.key)) === null) return { slot, waiting, current };
    await this.#client.hide(slotOf(path), slot.version);
    return { slot, waiting: null, current };
  }

  async #wasUsed(reference: string, path: string, current: KvRecord, key: string): Promise<boolean> {
    if ((await this.#promotedAs(path, current, key)) !== null) return true;
    return waitingIn(reference, await this.#client.read(asideOf(path, key)))?.key === key;
  }

  async #promotedAs(path: string, current: KvRecord, key: string): Promise<number | null> {
    const oldest = Math.max(current.version - REMEMBERED, 0) + 1;
    for (let version = current.version; version >= oldest; version--)
      if (isOf(version === current.version ? current : await this.#client.read(path, version), key)) return version;
    return null;
  }

  /** Asks until it is decided: a write that is not taken means that somebody else was faster, and things stand differently. */
  async #decide(reference: string, attempt: () => Promise<boolean>): Promise<void> {
    for (let tries = 0; tries < TRIES; tries++) if (await attempt()) return;
    throw new VaultError('UNWRITABLE', `${reference}: the server takes no write; look at its mount, or who else writes there without end`);
  }
}

function slotOf(path: string): string {
  return `${path}~pending`;
}

function asideOf(path: string, key: string): string {
  return `${path}~aside/${createHash('sha256').update(key).digest('hex').slice(0, 32)}`;
}
