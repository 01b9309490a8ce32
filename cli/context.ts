import { isatty } from 'node:tty';
import type { ExitCode } from './error.js';

/** What a command knows of the process it runs in. Tests give their own. */
export interface Context {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  /** Which of the three are terminals, and how large the one for data is. */
  readonly terminal: {
    readonly stdin: boolean;
    readonly stdout: boolean;
    readonly stderr: boolean;
    readonly columns: number;
    readonly rows: number;
  };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly now: () => number;
  /** Aborts on the first Ctrl-C: whoever waits detaches and says that the incident goes on. */
  readonly interrupted: AbortSignal;
  /** A command that ends well says here how: 0, or a code that is an answer (3, 5, 6, 8). */
  readonly answer: (code: ExitCode) => void;
}

/** The context of this process. */
export function processContext(interrupted: AbortSignal, answer: (code: ExitCode) => void): Context {
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    terminal: {
      stdin: isatty(0),
      stdout: isatty(1),
      stderr: isatty(2),
      columns: isatty(1) ? process.stdout.columns : Number.POSITIVE_INFINITY,
      rows: isatty(1) ? process.stdout.rows : Number.POSITIVE_INFINITY,
    },
    env: process.env,
    cwd: process.cwd(),
    now: Date.now,
    interrupted,
    answer,
  };
}
