import { createHash } from 'node:crypto';
import { createWriteStream, type WriteStream } from 'node:fs';

/** One request as a BMC saw it. Never a password, a token or a body. */
export interface WireEntry {
  readonly at: string;
  readonly target: string;
  readonly method: string;
  readonly uri: string;
  /** What the BMC came to; null when it was never processed. A change with a status below 400 has happened, answered or not. */
  readonly status: number | null;
  /** Whether the answer was written whole. */
  readonly answered: boolean;
  readonly user: string | null;
  /** SHA-256 of the body; null without one, and for bodies with a password. */
  readonly body: string | null;
}

/** Every request to every BMC of a fleet, in memory and, when asked for, as JSON lines in a file. */
export class WireLog {
  readonly entries: WireEntry[] = [];
  readonly #file: WriteStream | null;
  readonly #watchers = new Set<(entry: WireEntry) => void>();

  constructor(path: string | null) {
    this.#file = path === null ? null : createWriteStream(path, { flags: 'a', mode: 0o600 });
  }

  add(entry: WireEntry): void {
    this.entries.push(entry);
    for (const watcher of this.#watchers) watcher(entry);
    this.#file?.write(`${JSON.stringify(entry)}\n`);
  }

  /** Calls `watcher` for every request from now on; the returned function ends that. */
  watch(watcher: (entry: WireEntry) => void): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  async close(): Promise<void> {
    const file = this.#file;
    if (file !== null) await new Promise<void>((resolve) => file.end(resolve));
  }
}

export function bodyDigest(body: string): string | null {
  if (body === '' || body.includes('Password')) return null;
  return createHash('sha256').update(body).digest('hex');
}
