import { Readable, Writable } from 'node:stream';
import type { Context } from '../../cli/context.js';
import type { Desk } from '../../cli/desk.js';
import type { ExitCode } from '../../cli/error.js';
import type { Base, Globals } from '../../cli/globals.js';

/** A command's surroundings in memory. */
export interface Stage {
  readonly context: Context;
  readonly out: () => string;
  readonly err: () => string;
  /** What the command answered, null before it did. */
  readonly answered: () => ExitCode | null;
  /** Ctrl-C. */
  readonly interrupt: () => void;
}

export const NOW = Date.parse('2026-11-22T12:00:00.000Z');

export function stage(given: Partial<Pick<Context, 'env' | 'cwd' | 'terminal'>> = {}): Stage {
  const out: string[] = [];
  const err: string[] = [];
  let answered: ExitCode | null = null;
  const interruption = new AbortController();
  const none = { stdin: false, stdout: false, stderr: false, columns: Number.POSITIVE_INFINITY, rows: Number.POSITIVE_INFINITY };
  return {
    context: {
      stdin: Readable.from([]),
      stdout: into(out),
      stderr: into(err),
      terminal: none,
      env: {},
      cwd: '/',
      now: () => NOW,
      interrupted: interruption.signal,
      answer: (code) => {
        answered = code;
      },
      ...given,
    },
    out: () => out.join(''),
    err: () => err.join(''),
    answered: () => answered,
    interrupt: () => {
      interruption.abort();
    },
  };
}

const GLOBALS: Globals = { output: 'table', color: 'auto', input: true, quiet: false, verbose: false };

export function baseOf({ context }: Stage, globals: Partial<Globals> = {}): Base {
  return { context, globals: { ...GLOBALS, ...globals } };
}

/** A desk that answers what the test gives it, and fails for what the test did not expect to be asked. */
export function fakeDesk(answers: Partial<Desk>): () => Promise<Desk> {
  const unexpected = (name: string) => async (): Promise<never> => {
    throw new Error(`the desk was asked for ${name}, which this test does not expect`);
  };
  return async () => ({
    start: unexpected('start'),
    list: unexpected('list'),
    opened: unexpected('opened'),
    view: unexpected('view'),
    shards: unexpected('shards'),
    shard: unexpected('shard'),
    lastPolls: unexpected('lastPolls'),
    deliver: unexpected('deliver'),
    read: unexpected('read'),
    inspect: unexpected('inspect'),
    enroll: unexpected('enroll'),
    frozen: unexpected('frozen'),
    enlist: unexpected('enlist'),
    schedule: unexpected('schedule'),
    schedules: unexpected('schedules'),
    changeSchedule: unexpected('changeSchedule'),
    close: async () => undefined,
    ...answers,
  });
}

function into(chunks: string[]): Writable {
  return new Writable({
    decodeStrings: false,
    write(chunk: unknown, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  });
}
