import { execa } from 'execa';
import { time, type Time } from '../model/json.js';
import { IpmiError } from './errors.js';

/** What one run of ipmitool printed. */
export interface Printed {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** Why it did not end by itself; what it had printed until then is here all the same. */
  readonly cut: IpmiError | null;
  readonly startedAt: Time;
  readonly endedAt: Time;
}

export interface RunOptions {
  /** Where its files lie; nothing outside it is named. */
  readonly cwd: string;
  /** Goes into the environment of the child, never into its arguments, which every user of the host can read. */
  readonly password: string | null;
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

/** 65,535 log records at some 100 bytes; nothing else comes near. */
const OUTPUT_BYTES = 8 * 1024 * 1024;
const NOT_FOUND = 'ENOENT';

/** Runs ipmitool once, bounded in time and output, in an environment that holds nothing but what it needs. Its exit code says little and is not looked at. */
export async function runTool(args: readonly string[], { cwd, password, limitMs, signal }: RunOptions): Promise<Printed> {
  const startedAt = time(Date.now());
  const done = await execa('ipmitool', args, {
    cwd,
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', ...(password === null ? {} : { IPMI_PASSWORD: password }) },
    extendEnv: false,
    stdin: 'ignore',
    encoding: 'buffer',
    stripFinalNewline: false,
    maxBuffer: OUTPUT_BYTES,
    timeout: limitMs,
    forceKillAfterDelay: 1_000,
    cancelSignal: signal,
    reject: false,
  });
  if (done.isCanceled) throw new IpmiError('ABORTED', 'ipmitool was stopped, since its work was no longer wanted');
  if (done.code === NOT_FOUND)
    throw new IpmiError('TOOL_MISSING', 'there is no ipmitool on this host; install it: apt-get install ipmitool');
  const cut = cutOf(done, limitMs);
  return { stdout: Buffer.from(done.stdout), stderr: Buffer.from(done.stderr), cut, startedAt, endedAt: time(Date.now()) };
}

interface Ended {
  readonly timedOut: boolean;
  readonly isMaxBuffer: boolean;
  readonly exitCode?: number;
  readonly signal?: string;
}

function cutOf({ timedOut, isMaxBuffer, exitCode, signal }: Ended, limitMs: number): IpmiError | null {
  if (timedOut) return new IpmiError('TIMEOUT', `ipmitool was not done within ${String(limitMs / 1000)} s, and was stopped`);
  if (isMaxBuffer) return new IpmiError('TOO_LARGE', `ipmitool printed over ${String(OUTPUT_BYTES)} bytes, and was stopped`);
  if (exitCode !== undefined) return null;
  const how = signal ?? 'no signal told';
  return new IpmiError('BAD_OUTPUT', `ipmitool died (${how}); take the BMC for hostile, and read it by other ways`);
}
