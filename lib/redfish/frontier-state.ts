import { Branches } from './branches.js';

/** Why a crawl left something out on purpose. */
export const LIMIT_CODES = ['LIMIT_RESOURCES', 'LIMIT_DEPTH', 'LIMIT_PAGES', 'LIMIT_BYTES', 'LIMIT_JSON'] as const;
export type LimitCode = (typeof LIMIT_CODES)[number];

/** A URI to be fetched: how many links and how many pages away from where the crawl began, and how often it has failed. */
export interface Pending {
  readonly uri: string;
  readonly depth: number;
  readonly page: number;
  readonly failures: number;
}

/** One change, as it stands in a crawl's file. */
export type Line =
  | readonly ['found', uri: string, depth: number, page: number]
  | readonly ['answered', uri: string, bytes: number]
  | readonly ['failed' | 'given-up', uri: string, code: string]
  | readonly ['limit', code: LimitCode]
  | readonly ['stop'];

/** What the lines of a crawl's file come to. */
export class FrontierState {
  readonly known = new Set<string>();
  readonly givenUp: string[] = [];
  readonly limits: LimitCode[] = [];
  readonly branches = new Branches();
  answered = 0;
  bytes = 0;
  /** By rank of their branch, each in the order of discovery; at the end those that failed once. */
  readonly #queues = [0, 1, 2, 3].map(() => new Map<string, Pending>());

  get pending(): number {
    return this.#queues.reduce((total, queue) => total + queue.size, 0);
  }

  next(asked?: { has(uri: string): boolean }): Pending | undefined {
    for (const queue of this.#queues) for (const pending of queue.values()) if (asked?.has(pending.uri) !== true) return pending;
    return undefined;
  }

  apply(line: Line): void {
    switch (line[0]) {
      case 'found': {
        this.known.add(line[1]);
        const { rank } = this.branches.add(line[1]);
        this.#queues[rank]?.set(line[1], { uri: line[1], depth: line[2], page: line[3], failures: 0 });
        return;
      }
      case 'answered':
        this.#take(line[1]);
        this.answered += 1;
        this.bytes += line[2];
        return;
      case 'failed': {
        const pending = this.#take(line[1]);
        if (pending !== undefined) this.#queues.at(-1)?.set(pending.uri, { ...pending, failures: pending.failures + 1 });
        return;
      }
      case 'given-up':
        this.#take(line[1]);
        this.givenUp.push(line[1]);
        return;
      case 'limit':
        this.limits.push(line[1]);
        return;
      case 'stop':
        for (const queue of this.#queues) queue.clear();
    }
  }

  #take(uri: string): Pending | undefined {
    for (const queue of this.#queues) {
      const pending = queue.get(uri);
      if (pending !== undefined && queue.delete(uri)) return pending;
    }
    return undefined;
  }
}

/** Reads one line of the file; null when it is none. A shape would make more garbage of 100,000 lines than the lines themselves. */
export function readLine(text: string): Line | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  return isLine(value) ? value : null;
}

function isLine(value: unknown): value is Line {
  if (!Array.isArray(value)) return false;
  const fields: readonly unknown[] = value;
  const [kind, first, second, third] = fields;
  if (kind === 'stop') return fields.length === 1;
  if (kind === 'limit') return fields.length === 2 && LIMIT_CODES.some((code) => code === first);
  if (typeof first !== 'string') return false;
  if (kind === 'found') return fields.length === 4 && Number.isSafeInteger(second) && Number.isSafeInteger(third);
  if (kind === 'answered') return fields.length === 3 && Number.isSafeInteger(second);
  return (kind === 'failed' || kind === 'given-up') && fields.length === 3 && typeof second === 'string';
}
