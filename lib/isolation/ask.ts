import { spawn, type ChildProcess } from 'node:child_process';
import { plain } from '../model/text.js';

/** How one run of a team's own program ended. Its words are from outside: bounded here, parsed by the caller, stripped before people see them. */
export interface Answer {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly ended: 'done' | 'failed' | 'missing' | 'late' | 'too-large' | 'aborted';
  /** One line for people: why it is not `done`. */
  readonly why: string;
}

export interface AskOptions {
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

const MAX_OUTPUT_BYTES = 8 * 1024 * 1024;
const MAX_STDERR_BYTES = 64 * 1024;
/** How long what a program left behind may hold its output open. */
const LINGER_MS = 1000;

/** What a program needs to find ssh, its keys and its home. Nothing of the worker's own environment besides: that may hold what opens other doors. */
const ENVIRONMENT = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SSH_AUTH_SOCK', 'TMPDIR'];

/** Runs a program once, without a shell, with JSON on standard input. It and whatever it started in its own group are gone when this returns. Never throws. */
export async function ask(command: readonly string[], question: string, { limitMs, signal }: AskOptions): Promise<Answer> {
  if (signal.aborted) return ended('aborted', 'it was no longer wanted');
  const [file = '', ...args] = command;
  // In a group of its own, since a script's ssh or curl would otherwise outlive it and hold its output open.
  const child = spawn(file, args, { detached: true, env: environment(), stdio: ['pipe', 'pipe', 'pipe'] });
  child.once('exit', () => setTimeout(() => killGroup(child), LINGER_MS).unref());
  const stdout = collect(child.stdout, MAX_OUTPUT_BYTES);
  const stderr = collect(child.stderr, MAX_STDERR_BYTES);
  // Whoever does not read its question ends by other signs.
  child.stdin.on('error', () => undefined);
  child.stdin.end(question);
  const end = await untilEnd(child, stdout.full, { limitMs, signal });
  killGroup(child);
  child.stdout.destroy();
  child.stderr.destroy();
  return { stdout: stdout.bytes(), stderr: stderr.bytes(), ...judged(end, stderr.bytes(), limitMs) };
}

type End = { readonly by: 'exit'; readonly status: string; readonly ok: boolean } | { readonly by: 'error' | 'limit' | 'abort' | 'size' };

async function untilEnd(child: ChildProcess, full: Promise<void>, { limitMs, signal }: AskOptions): Promise<End> {
  const { promise, resolve } = deferred<End>();
  const onAbort = (): void => resolve({ by: 'abort' });
  const timer = setTimeout(() => resolve({ by: 'limit' }), limitMs);
  signal.addEventListener('abort', onAbort, { once: true });
  child.once('error', () => resolve({ by: 'error' }));
  child.once('close', (code, by) =>
    resolve({ by: 'exit', ok: code === 0, status: code === null ? `signal ${String(by)}` : `exit ${String(code)}` }),
  );
  void full.then(() => resolve({ by: 'size' }));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

function judged(end: End, stderr: Buffer, limitMs: number): Pick<Answer, 'ended' | 'why'> {
  switch (end.by) {
    case 'exit':
      return end.ok
        ? { ended: 'done', why: '' }
        : { ended: 'failed', why: `it ended with ${end.status}: ${plain(stderr.toString('utf8'), 200)}` };
    case 'error':
      return { ended: 'missing', why: 'there is no such program, or it may not be run' };
    case 'limit':
      return { ended: 'late', why: `it did not answer within ${String(limitMs / 1000)} s, and was stopped` };
    case 'size':
      return { ended: 'too-large', why: `it printed over ${String(MAX_OUTPUT_BYTES)} bytes, and was stopped` };
    case 'abort':
      return { ended: 'aborted', why: 'it was stopped, since it was no longer wanted' };
  }
}

function ended(how: Answer['ended'], why: string): Answer {
  return { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), ended: how, why };
}

/** Collects a stream up to a bound; `full` resolves when there is more. */
function collect(stream: NodeJS.ReadableStream, max: number): { readonly bytes: () => Buffer; readonly full: Promise<void> } {
  const chunks: Buffer[] = [];
  let size = 0;
  const { promise: full, resolve } = deferred<undefined>();
  stream.on('error', () => undefined);
  stream.on('data', (chunk: Buffer) => {
    if (size < max) chunks.push(chunk.subarray(0, max - size));
    size += chunk.length;
    if (size > max) resolve(undefined);
  });
  return { bytes: () => Buffer.concat(chunks), full };
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // All of it has ended by itself.
  }
}

function environment(): Record<string, string> {
  const kept = ENVIRONMENT.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(kept), LC_ALL: 'C' };
}

function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
