import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FrontierState, readLine, type LimitCode, type Line, type Pending } from './frontier-state.js';

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
  /** The next URI that is not being asked for already, without taking it away; undefined when none is left. What dies first is first, then the logs. */
  next(asked?: { has(uri: string): boolean }): Pending | undefined;
  has(uri: string): boolean;
  /** Whether one more URI of this kind may be added when there are to be `most` in all; one kind never takes the room of another. */
  hasRoom(uri: string, most: number): boolean;
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
    const state = new FrontierState();
    await file.truncate(await replay(file, state));
    return frontierOf(file, state);
  } catch (error) {
    await file.close();
    throw error;
  }
}

function frontierOf(file: FileHandle, state: FrontierState): Frontier {
  let unsaved = '';
  const change = (...line: Line): void => {
    state.apply(line);
    unsaved += `${JSON.stringify(line)}\n`;
  };
  for (const uri of START) if (!state.known.has(uri)) change('found', uri, 0, 0);
  return {
    next: (asked) => state.next(asked),
    has: (uri) => state.known.has(uri),
    hasRoom: (uri, most) => state.branches.hasRoom(uri, most),
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
      pending: state.pending,
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

/** Returns how many bytes of the file could be read. Never holds more of it than a piece and a line: it grows with the BMC's longest log. */
async function replay(file: FileHandle, state: FrontierState): Promise<number> {
  const piece = Buffer.allocUnsafe(PIECE);
  let whole = 0;
  let kept = 0;
  for (;;) {
    const { bytesRead } = await file.read(piece, kept, PIECE - kept, whole + kept);
    const filled = kept + bytesRead;
    let start = 0;
    for (let end = piece.indexOf(LF); end >= 0 && end < filled; end = piece.indexOf(LF, start)) {
      const line = readLine(piece.toString('utf8', start, end));
      if (line === null) return whole;
      state.apply(line);
      whole += end + 1 - start;
      start = end + 1;
    }
    if (bytesRead === 0) return whole;
    piece.copyWithin(0, start, filled);
    kept = filled - start;
  }
}

const LF = 0x0a;
/** Longer than any line of ours: a URI has 2,048 characters at most. A full one without an end reads nothing more. */
const PIECE = 64 * 1024;
