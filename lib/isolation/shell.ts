import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { plain } from '../model/text.js';
import type { NftablesTerms } from '../model/isolation-terms.js';
import { IsolationError } from './error.js';

/** Runs programs on a gateway: here, or over ssh. */
export interface Shell {
  /** One program with its arguments, no shell between. Throws IsolationError when it could not be run to its end; its exit code is the caller's to judge. */
  run(argv: readonly string[], options?: RunOptions): Promise<Printed>;
}

export interface RunOptions {
  readonly input?: string;
  /** Runs without `terms.command`, as the user who logged in. */
  readonly asLogin?: boolean;
  /** What is printed beyond the bound is left out, instead of an error. */
  readonly mayBeCut?: boolean;
}

export interface Printed {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly cut: boolean;
}

export type ShellTerms = Pick<NftablesTerms, 'command' | 'ssh'>;

const LIMIT_MS = 60_000;
const OUTPUT_BYTES = 16 * 1024 * 1024;
const CONNECT_S = 10;
const NO_SUCH_PROGRAM = 127;
const SSH_FAILED = 255;
const MISSING = /^(sudo: .*command not found|exec of ".*" failed: No such file or directory|.*: command not found)$/m;
const OTHER_KEY = /REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed|no matching host key type/;
/** The name under which the pinned key is looked up, whatever the gateway's address is. */
const ALIAS = 'cofferdam-enforcer';

export function openShell(terms: ShellTerms, signal: AbortSignal): Shell {
  return {
    run: (argv, { input = '', asLogin = false, mayBeCut = false } = {}) => {
      const words = asLogin ? argv : [...terms.command, ...argv];
      return withCommandLine(terms, words, async (line) => judged(await spawn(line, input, signal), words, terms, mayBeCut));
    },
  };
}

/** The command line to run on this host; over ssh, the pinned key lies in a private folder for as long as it runs. */
async function withCommandLine<T>(terms: ShellTerms, words: readonly string[], use: (line: readonly string[]) => Promise<T>): Promise<T> {
  if (terms.ssh === null) return use(words);
  const folder = await mkdtemp(join(tmpdir(), 'cofferdam-ssh-'));
  try {
    const known = join(folder, 'known_hosts');
    await writeFile(known, `${ALIAS} ${terms.ssh.hostKey}\n`, { mode: 0o600 });
    return await use([...sshLine(terms.ssh, known), words.map(quoted).join(' ')]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function sshLine(ssh: NonNullable<ShellTerms['ssh']>, known: string): readonly string[] {
  const settings = {
    UserKnownHostsFile: `"${known}"`,
    GlobalKnownHostsFile: '/dev/null',
    HostKeyAlias: ALIAS,
    StrictHostKeyChecking: 'yes',
    CheckHostIP: 'no',
    UpdateHostKeys: 'no',
    VerifyHostKeyDNS: 'no',
    BatchMode: 'yes',
    PreferredAuthentications: 'publickey',
    IdentitiesOnly: 'yes',
    IdentityAgent: 'none',
    ForwardAgent: 'no',
    ForwardX11: 'no',
    ClearAllForwardings: 'yes',
    PermitLocalCommand: 'no',
    ControlMaster: 'no',
    ControlPath: 'none',
    ConnectTimeout: String(CONNECT_S),
    ServerAliveInterval: '5',
    ServerAliveCountMax: '3',
    LogLevel: 'ERROR',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  return ['ssh', '-F', 'none', '-T', ...options, '-i', ssh.identityFile, '-p', String(ssh.port), '-l', ssh.user, '--', ssh.host];
}

/** One word for the login shell of the gateway: between single quotes nothing has a meaning. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

async function spawn(line: readonly string[], input: string, signal: AbortSignal) {
  const [program = '', ...args] = line;
  return execa(program, args, {
    input,
    env: { PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
    extendEnv: false,
    encoding: 'buffer',
    stripFinalNewline: false,
    maxBuffer: OUTPUT_BYTES,
    timeout: LIMIT_MS,
    forceKillAfterDelay: 1_000,
    cancelSignal: signal,
    reject: false,
  });
}

type Ended = Awaited<ReturnType<typeof spawn>>;

function judged(ended: Ended, words: readonly string[], terms: ShellTerms, mayBeCut: boolean): Printed {
  const stderr = Buffer.from(ended.stderr).toString('utf8');
  const where = terms.ssh === null ? 'this host' : `${terms.ssh.user}@${terms.ssh.host}:${String(terms.ssh.port)}`;
  const what = `${words.slice(0, 8).join(' ')} on ${where}`;
  if (ended.isCanceled) throw new IsolationError('ENFORCER_TIMEOUT', `${what} was stopped, since its work was no longer wanted`);
  if (ended.timedOut)
    throw new IsolationError('ENFORCER_TIMEOUT', `${what} was not done within ${String(LIMIT_MS / 1000)} s, and was stopped`);
  if (ended.isMaxBuffer && !mayBeCut) throw new IsolationError('ENFORCER_UNREADABLE', `${what} printed over ${String(OUTPUT_BYTES)} bytes`);
  refuseMissing(ended, stderr, words, where);
  if (terms.ssh !== null) refuseUnreached(ended.exitCode, stderr, where);
  if (ended.exitCode === undefined && !ended.isMaxBuffer) throw new IsolationError('ENFORCER_UNREACHABLE', `${what} died: ${said(stderr)}`);
  return { exitCode: ended.exitCode ?? 0, stdout: Buffer.from(ended.stdout), stderr, cut: ended.isMaxBuffer };
}

function refuseMissing({ code, exitCode }: Ended, stderr: string, words: readonly string[], where: string): void {
  if (code === 'EACCES') throw new IsolationError('TOOL_MISSING', `one of ${words.join(' ')} may not be run on ${where}`);
  if (code !== 'ENOENT' && exitCode !== NO_SUCH_PROGRAM && !MISSING.test(stderr)) return;
  throw new IsolationError('TOOL_MISSING', `${where} lacks a program of "${words.slice(0, 8).join(' ')}": ${said(stderr)}`);
}

function refuseUnreached(exitCode: number | undefined, stderr: string, where: string): void {
  if (exitCode !== SSH_FAILED) return;
  if (OTHER_KEY.test(stderr))
    throw new IsolationError(
      'HOST_KEY_CHANGED',
      `${where} shows another host key than the pinned one; nothing was sent to it. Find out by another way who answers there`,
    );
  throw new IsolationError('ENFORCER_UNREACHABLE', `ssh to ${where} failed: ${said(stderr)}`);
}

/** What a program complained about, for one line of a message. */
export function said(stderr: string): string {
  return plain(stderr, 400) || 'it gave no reason';
}
