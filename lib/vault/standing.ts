import type { Entry } from './journal.js';

/** What the entries of a journal come to. */
export interface Standing {
  /** How many entries there are. */
  readonly length: number;
  /** Version 1 first; the last one is the current. */
  readonly versions: readonly Held[];
  readonly pending: (Held & { readonly key: string; readonly base: number }) | null;
  /** Every key that was ever pending. */
  readonly keys: ReadonlySet<string>;
}

export interface Held {
  readonly key: string | null;
  readonly sealed: string;
}

/** Pure: the same entries always come to the same. */
export function foldJournal(entries: readonly Entry[]): Standing {
  const versions: Held[] = [];
  const keys = new Set<string>();
  let pending: Standing['pending'] = null;
  for (const { facts, sealed } of entries) {
    switch (facts.what) {
      case 'written':
        versions.push({ key: null, sealed });
        break;
      case 'pending':
        keys.add(facts.key);
        pending = { key: facts.key, base: facts.base, sealed };
        break;
      case 'promoted':
        if (pending !== null) versions.push(pending);
        pending = null;
        break;
      case 'set-aside':
        pending = null;
        break;
    }
  }
  return { length: entries.length, versions, pending, keys };
}
