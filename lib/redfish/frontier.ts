import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';

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

export interface FrontierTotals {
  readonly known: number;
  readonly answered: number;
  readonly bytes: number;
  readonly pending: number;
  /** URIs without a whole answer in every try. */
  readonly givenUp: readonly string[];
  readonly limits: readonly LimitCode[];
}

/** What a crawl knows. Changes are in memory until `commit`, so that the file is never ahead of the evidence. */
export interface Frontier {
  /** The next URI that is not being asked for already, without taking it away; undefined when none is left. */
  next(asked?: { has(uri: string): boolean }): Pending | undefined;
  has(uri: string): boolean;
  add(uri: string, depth: number, page: number): void;
  answered(uri: string, bytes: number): void;
  /** No whole answer: the URI goes to the end of the queue, or is given up. */
  failed(uri: string, code: string, giveUp: boolean): void;
  limited(code: LimitCode): void;
  /** Drops everything that is still to be fetched; the limit that asked for it is recorded apart. */
  stop(): void;
  /** As it is now; the lists grow with the crawl. */
  totals(): FrontierTotals;
  /** Appends what changed since the last commit and waits for the disk. After an error, open the file anew. */
  commit(): Promise<void>;
  close(): Promise<void>;
}

/** Where a complete capture begins. */
const START = ['/redfish', '/redfish/v1', '/redfish/v1/odata', '/redfish/v1/$metadata'];

/**
 * Opens a crawl's file, or begins one. A crash may have torn its end: everything from the first line that cannot be read is cut off, which
 * costs a second fetch of what it said and nothing else. The caller holds the target's lock.
 */
export async function openFrontier(path: string): Promise<Frontier> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'a+');
  try {
    const state = new State();
    await file.truncate(replay(await file.readFile(), state));
    return frontierOf(file, state);
  } catch (error) {
    await file.close();
    throw error;
  }
}

function frontierOf(file: FileHandle, state: State): Frontier {
  let unsaved = '';
  const change = (...line: Line): void => {
    state.apply(line);
    unsaved += `${JSON.stringify(line)}\n`;
  };
  for (const uri of START) if (!state.known.has(uri)) change('found', uri, 0, 0);
  return {
    next: (asked) => {
      for (const pending of state.pending.values()) if (asked?.has(pending.uri) !== true) return pending;
      return undefined;
    },
    has: (uri) => state.known.has(uri),
    add: (uri, depth, page) => {
      if (!state.known.has(uri)) change('found', uri, depth, page);
    },
    answered: (uri, bytes) => change('answered', uri, bytes),
    failed: (uri, code, giveUp) => change(giveUp ? 'given-up' : 'failed', uri, code),
    limited: (code) => {
      if (!state.limits.includes(code)) change('limit', code);
    },
    stop: () => change('stop'),
    totals: () => ({
      known: state.known.size,
      answered: state.answered,
      bytes: state.bytes,
      pending: state.pending.size,
      givenUp: state.givenUp,
      limits: state.limits,
    }),
    commit: async () => {
      const lines = unsaved;
      unsaved = '';
      await file.appendFile(lines);
      await file.datasync();
    },
    close: () => file.close(),
  };
}

const LINE = z.union([
  z.tuple([z.literal('found'), z.string(), z.int(), z.int()]),
  z.tuple([z.literal('answered'), z.string(), z.int()]),
  z.tuple([z.enum(['failed', 'given-up']), z.string(), z.string()]),
  z.tuple([z.literal('limit'), z.enum(LIMIT_CODES)]),
  z.tuple([z.literal('stop')]),
]);
type Line = z.infer<typeof LINE>;

class State {
  readonly known = new Set<string>();
  /** In the order in which they are to be fetched. */
  readonly pending = new Map<string, Pending>();
  readonly givenUp: string[] = [];
  readonly limits: LimitCode[] = [];
  answered = 0;
  bytes = 0;

  apply(line: Line): void {
    switch (line[0]) {
      case 'found': {
        this.#found({ uri: line[1], depth: line[2], page: line[3], failures: 0 });
        return;
      }
      case 'answered':
        this.pending.delete(line[1]);
        this.answered += 1;
        this.bytes += line[2];
        return;
      case 'failed': {
        this.#failed(line[1]);
        return;
      }
      case 'given-up':
        this.pending.delete(line[1]);
        this.givenUp.push(line[1]);
        return;
      case 'limit':
        this.limits.push(line[1]);
        return;
      case 'stop':
        this.pending.clear();
    }
  }

  #found(pending: Pending): void {
    this.known.add(pending.uri);
    this.pending.set(pending.uri, pending);
  }

  #failed(uri: string): void {
    const pending = this.pending.get(uri);
    if (pending === undefined) return;
    this.pending.delete(uri);
    this.pending.set(uri, { ...pending, failures: pending.failures + 1 });
  }
}

/** Returns how many bytes of the file could be read. */
function replay(bytes: Buffer, state: State): number {
  let start = 0;
  for (let end = bytes.indexOf('\n'); end >= 0; end = bytes.indexOf('\n', start)) {
    const line = read(bytes.toString('utf8', start, end));
    if (line === null) break;
    state.apply(line);
    start = end + 1;
  }
  return start;
}

function read(text: string): Line | null {
  try {
    return LINE.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
