import { execa } from 'execa';
import type { CommandEndpoint } from '../model/endpoint.js';
import { jsonOf, type Delivery } from './delivery.js';
import { NotifyError } from './error.js';

const LIMIT_MS = 30_000;

/** Runs the endpoint's program with the notice on its standard input; it has done its work when it exits with 0. Throws NotifyError. */
export async function runCommand({ id, command }: CommandEndpoint, delivery: Delivery, signal: AbortSignal): Promise<void> {
  const [program = '', ...args] = command;
  const done = await execa(program, args, {
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: process.env['HOME'] ?? '/', LC_ALL: 'C' },
    extendEnv: false,
    input: `${jsonOf(delivery)}\n`,
    // What it prints is nobody's to read, and could fill memory.
    stdout: 'ignore',
    stderr: 'ignore',
    timeout: LIMIT_MS,
    forceKillAfterDelay: 1_000,
    cancelSignal: signal,
    reject: false,
  });
  if (done.isCanceled) throw new NotifyError('ABORTED', `the notice to ${id} is no longer wanted here`);
  if (done.code === 'ENOENT' || done.code === 'EACCES')
    throw new NotifyError('COMMAND_MISSING', `the command of ${id} cannot be run on this host`);
  if (done.timedOut) throw new NotifyError('TIMEOUT', `the command of ${id} did not end in time and was stopped`);
  if (done.exitCode !== 0)
    throw new NotifyError('COMMAND_FAILED', `the command of ${id} ended with ${String(done.exitCode ?? done.signal ?? 'an error')}`);
}
