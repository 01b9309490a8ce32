import { randomBytes } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { Login } from '../redfish/types.js';
import { IpmiError } from './errors.js';
import { refusalIn, saidIn, type Said } from './refusal.js';
import { argumentsFor, CHANGING, type CipherSuite } from './session.js';
import { runTool, type Printed } from './tool.js';

/** The only changes that ipmitool is ever given. The type is the fence, as for reads. */
export interface Change {
  readonly name: 'user set password';
  /** Slot in the table of users. */
  readonly user: number;
  readonly password: { reveal(): string };
}

/** What a BMC takes in the 16 byte form of Set User Password (IPMI 2.0, section 22.30). */
export const PASSWORD_BYTES = 16;

export interface ChangeOptions {
  /** `ipmi://host[:port]`. */
  readonly address: string;
  readonly credential: Login;
  /** The one that a session with this BMC had just now. */
  readonly suite: CipherSuite;
  readonly signal: AbortSignal;
}

const LIMIT_MS = 60_000;
/** Sessions that are asked for, while nobody answers before one begins: a lost datagram is no reason to ask a person. */
const SESSIONS = 3;
const PLAIN = /^[A-Za-z0-9]+$/;

/**
 * Makes one change in a session of its own, sent once. ipmitool reads the new password from memory: no argument, no variable and no disk holds it.
 * Throws an IpmiError only when nothing was sent.
 */
export async function changeOverIpmi({ address, credential, suite, signal }: ChangeOptions, change: Change): Promise<Said> {
  const password = change.password.reveal();
  // What ends a word or a line of a script, or begins a comment, has no place in it.
  if (!PLAIN.test(password) || password.length > PASSWORD_BYTES || !Number.isInteger(change.user) || change.user < 1 || change.user > 63)
    throw new IpmiError('BAD_CREDENTIAL', `a new password over IPMI has 1 to ${String(PASSWORD_BYTES)} letters and digits`);
  const script = await nameless(`set verbose 0\n${change.name} ${String(change.user)} ${password} ${String(PASSWORD_BYTES)}\n`);
  try {
    const session = argumentsFor({ address, userName: credential.userName, suite }, CHANGING);
    const args = [...session, 'exec', `/proc/${String(process.pid)}/fd/${String(script.fd)}`];
    for (let tries = 1; ; tries++) {
      const printed = await run(args, { password: credential.password.reveal(), signal });
      if (printed === null) return 'nothing';
      const refused = refusalIn(printed.stderr, address);
      if (refused === null) return printed.cut === null ? saidIn(printed) : 'nothing';
      if (refused.code !== 'UNREACHABLE' || tries === SESSIONS) throw refused;
    }
  } finally {
    await script.close();
  }
}

/** A file in memory whose name is gone before anything is in it: only this process, and what it starts, gets at it. Node's pipes are sockets, which ipmitool cannot open. */
async function nameless(text: string): Promise<FileHandle> {
  const path = `/dev/shm/cofferdam-${randomBytes(16).toString('hex')}`;
  const file = await open(path, 'wx+', 0o600);
  try {
    await rm(path);
    await file.writeFile(text);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Null: it was stopped on the way, and nobody knows how far it came. */
async function run(args: readonly string[], { password, signal }: { password: string; signal: AbortSignal }): Promise<Printed | null> {
  try {
    return await runTool(args, { cwd: tmpdir(), password, limitMs: LIMIT_MS, signal });
  } catch (error) {
    if (error instanceof IpmiError && error.code === 'ABORTED') return null;
    throw error;
  }
}
