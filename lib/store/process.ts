import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Enough to tell one process from every other that ever had its number. */
export interface ProcessName {
  readonly boot: string;
  readonly pid: number;
  readonly startedAt: string;
}

export interface ProcessState {
  readonly startedAt: string;
  readonly is: 'running' | 'stopped';
}

const run = promisify(execFile);

/** Changes at each boot of the machine. */
export async function bootId(): Promise<string> {
  if (process.platform === 'linux') return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  return (await run('sysctl', ['-n', 'kern.bootsessionuuid'])).stdout.trim();
}

/** Null when there is no such process, or only its remains: a zombie holds nothing. */
export async function processState(pid: number): Promise<ProcessState | null> {
  return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
}

export async function ownName(): Promise<ProcessName> {
  const state = await processState(process.pid);
  if (state === null) throw new Error(`the system does not know process ${String(process.pid)}, which is this one`);
  return { boot: await bootId(), pid: process.pid, startedAt: state.startedAt };
}

async function fromProc(pid: number): Promise<ProcessState | null> {
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(() => null);
  if (stat === null) return null;
  // The second field is the program's name in parentheses and may hold anything, so count from the last one: field 3 is the state, 22 the start.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return stateOf(fields[0] ?? '', fields[19] ?? '');
}

async function fromPs(pid: number): Promise<ProcessState | null> {
  const shown = await run('ps', ['-o', 'stat=,lstart=', '-p', String(pid)]).catch(() => null);
  const found = shown === null ? null : /^\s*(\S+)\s+(.+?)\s*$/.exec(shown.stdout);
  return found === null ? null : stateOf(found[1] ?? '', found[2] ?? '');
}

function stateOf(letters: string, startedAt: string): ProcessState | null {
  if (/^[ZX]/.test(letters)) return null;
  return { startedAt, is: /^[Tt]/.test(letters) ? 'stopped' : 'running' };
}
