import { execa } from 'execa';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CliError } from '../error.js';

/** One of our own compiled programs, as a real process. */
export interface Running {
  readonly pid: number;
  /** Ends it with SIGTERM and waits; SIGKILL when it does not heed. */
  stop(): Promise<void>;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
  /** Resolves when the process has ended, whoever ended it. */
  readonly ended: Promise<void>;
  /** Writes one line to its standard input. */
  tell(line: string): void;
}

type Program = 'cli' | 'worker' | 'drill';

/** The compiled entry of a program; from sources (tests) too, since processes run what is built. */
export function entryOf(program: Program): string {
  const built = import.meta.url.endsWith('.ts') ? '../../dist/' : '../../';
  return fileURLToPath(new URL(`${built}${program}/main.js`, import.meta.url));
}

export interface StartOptions<T> {
  readonly program: Program;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Returns what was waited for from one line of stdout or stderr, or null. */
  readonly ready: (line: string) => T | null;
  /** Each of those lines, to the end. */
  readonly onLine?: (line: string) => void;
}

/** Starts a program and waits until one of its lines says that it is ready. */
export async function start<T>(options: StartOptions<T>): Promise<Running & { readonly said: T }> {
  const child = spawnProgram(options);
  const ended = child.then(() => undefined);
  const said = await firstReady(child, options);
  return {
    said,
    pid: child.pid ?? 0,
    ended,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    tell(line) {
      child.stdin.write(`${line}\n`);
    },
  };
}

type Child = ReturnType<typeof spawnProgram>;

function spawnProgram({ program, args, env }: Pick<StartOptions<unknown>, 'program' | 'args' | 'env'>) {
  return execa(process.execPath, [entryOf(program), ...args], {
    env: { ...env },
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
    reject: false,
    forceKillAfterDelay: 10_000,
  });
}

async function firstReady<T>(child: Child, { program, ready, onLine }: StartOptions<T>): Promise<T> {
  const last: string[] = [];
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        if (last.push(line) > 10) last.shift();
        onLine?.(line);
        const said = ready(line);
        if (said !== null) resolve(said);
      });
    }
    void child.then(({ exitCode, signal }) => {
      const how = signal ?? `code ${String(exitCode)}`;
      reject(new CliError('DRILL_FAILED', `${program} ended with ${how} before it was ready`, { why: last.join('\n') }));
    });
  });
}

/** What one call of a program printed, and how it ended. */
export interface Said {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. */
export async function run(
  program: Program,
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly input?: string } = {},
): Promise<Said> {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [entryOf(program), ...args], {
    env: { ...options.env },
    reject: false,
    input: options.input ?? '',
    maxBuffer: 64 * 1024 * 1024,
  });
  return { exitCode: exitCode ?? 1, stdout, stderr };
}
