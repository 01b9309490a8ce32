import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from './error.js';
import { answers, listens } from './probe.js';
import { claimFolder } from './running.js';

export interface StartOptions {
  readonly binary: string;
  /** Holds the database, the log and the note of who serves it. One folder per engine. */
  readonly folder: string;
  readonly port: number;
}

/** An engine that we started and that answers. It outlives this process when nobody stops it. */
export interface RunningEngine {
  readonly address: string;
  readonly pid: number;
  /** Warnings and errors of the engine; a file, so that an engine whose starter was killed does not die of a broken pipe. */
  readonly log: string;
  /** Resolves when the process has ended, whoever ended it. */
  readonly exited: Promise<void>;
  readonly stop: () => Promise<void>;
}

/**
 * Starts Temporal's dev server on loopback over the database in `folder`, and returns when it answers. Throws ALREADY_RUNNING, PORT_IN_USE or
 * START_FAILED. What it acknowledged survives a kill and a power cut; it has no authentication, so it never listens beyond loopback.
 */
export async function startEngine({ binary, folder, port }: StartOptions): Promise<RunningEngine> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const address = `127.0.0.1:${port}`;
  const claim = await claimFolder(folder, address);
  try {
    if (await listens(address))
      throw new EngineError('PORT_IN_USE', `something else listens on ${address}; choose another port, or end it`);
    const database = join(folder, 'engine.sqlite');
    await removeStillborn(database);
    const log = join(folder, 'engine.log');
    const serve = async (): Promise<Launched> => {
      const launched = await launch(binary, [...ARGUMENTS, '--port', String(port), '--db-filename', database], log);
      await claim.serve(launched.pid);
      await untilItAnswers(launched, address, log);
      return launched;
    };
    const { child, pid, exited } = await withOtherPorts(serve);
    return { address, pid, log, exited: exited.then(claim.release), stop: async () => stop(child, exited).then(claim.release) };
  } catch (error) {
    await claim.release();
    throw error;
  }
}

// Measured: WAL is worth a factor of nine, and "full" costs 8 % for approvals that survive a power cut; with one partition nothing polls in vain;
// timers are a second late without the shift; and the engine must not ask the internet for newer versions of itself.
const ARGUMENTS = [
  ...['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--log-format', 'json', '--log-level', 'warn'],
  ...['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=full'],
  ...[
    '--dynamic-config-value',
    'matching.numTaskqueueReadPartitions=1',
    '--dynamic-config-value',
    'matching.numTaskqueueWritePartitions=1',
  ],
  ...['--dynamic-config-value', 'history.timerProcessorMaxTimeShift="50ms"'],
  ...['--dynamic-config-value', 'frontend.enableServerVersionCheck=false'],
];

/** An engine killed in its very first start leaves an empty database, which no engine ever opens again. */
async function removeStillborn(database: string): Promise<void> {
  const size = await stat(database).then(
    (file) => file.size,
    () => null,
  );
  if (size !== 0) return;
  await Promise.all(['', '-wal', '-shm'].map(async (suffix) => rm(database + suffix, { force: true })));
}

interface Launched {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly exited: Promise<void>;
  /** Where its own words begin in the log, which every start continues. */
  readonly logFrom: number;
}

async function launch(binary: string, args: readonly string[], log: string): Promise<Launched> {
  const file = await open(log, 'a', 0o600);
  try {
    const logFrom = (await file.stat()).size;
    const child = spawn(binary, args, { stdio: ['ignore', file.fd, file.fd] });
    const exited = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
    });
    await once(child, 'spawn');
    if (child.pid === undefined) throw new Error('it got no process number');
    return { child, pid: child.pid, exited, logFrom };
  } catch (cause) {
    throw new EngineError('START_FAILED', `${binary} could not be executed: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  } finally {
    await file.close();
  }
}

/** Besides the port that we name, the engine takes half a dozen of its own choice, and dies when somebody takes one between choice and use. */
async function withOtherPorts<T>(serve: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await serve();
    } catch (error) {
      if (tries >= START_TRIES || !(error instanceof EngineError && error.code === 'INNER_PORT_TAKEN')) throw error;
    }
  }
}
const START_TRIES = 3;

async function untilItAnswers({ child, logFrom }: Launched, address: string, log: string): Promise<void> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline;) {
    if (child.exitCode !== null || child.signalCode !== null) {
      const words = await lastWords(log, logFrom);
      throw new EngineError(
        PORT_TAKEN.test(words) ? 'INNER_PORT_TAKEN' : 'START_FAILED',
        `the engine ended at once; its last words in ${log}:\n${words}`,
      );
    }
    if ((await listens(address)) && (await answers(address))) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill('SIGKILL');
  throw new EngineError(
    'START_FAILED',
    `the engine did not answer within 60 s; its last words in ${log}:\n${await lastWords(log, logFrom)}`,
  );
}

/** The engine's own words for a port that another process has: of the listener, and of its search for a free one. */
const PORT_TAKEN = /address already in use|failed to assign a free port/;

/** A panic is told by its first line and what led to it; the stack beneath it is of no use to whoever starts an engine. */
async function lastWords(log: string, from: number): Promise<string> {
  const lines = (await readFile(log)).toString('utf8', from).trimEnd().split('\n');
  const panic = lines.findIndex((line) => line.startsWith('panic: '));
  return (panic < 0 ? lines : lines.slice(0, panic + 1)).slice(-5).join('\n');
}

async function stop(child: ChildProcess, exited: Promise<void>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await exited;
  clearTimeout(timer);
}
