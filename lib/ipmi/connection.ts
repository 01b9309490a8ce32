import { randomBytes } from 'node:crypto';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Time } from '../model/json.js';
import type { Login } from '../redfish/types.js';
import { lineOf, uriOf, writesFile, type Command } from './commands.js';
import { IpmiError } from './errors.js';
import { refusalIn } from './refusal.js';
import { argumentsFor, READING, type CipherSuite } from './session.js';
import { runTool, type Printed } from './tool.js';

/** What ipmitool printed for one command, or wrote into the file of one; empty when the BMC refused the command. */
export interface Output {
  readonly uri: string;
  readonly body: Buffer;
  readonly cipherSuite: CipherSuite;
  readonly startedAt: Time;
  readonly endedAt: Time;
}

/** What came of one session. */
export interface Answers {
  /** One for each command that was answered, in order, and last what ipmitool said on stderr, under `ipmi:/stderr`. */
  readonly outputs: readonly Output[];
  /** Why the rest was not answered; null when everything was. */
  readonly cut: IpmiError | null;
}

/** A conversation with one BMC that can only read. */
export interface IpmiConnection {
  readonly userName: string;
  /** Runs the commands in one session. Throws only when there was no session. */
  readonly read: (commands: readonly Command[]) => Promise<Answers>;
  /** Removes what the conversation left on disk. Sessions end with each `read`. */
  readonly close: () => Promise<void>;
}

export interface IpmiOptions {
  /** `ipmi://host[:port]`. */
  readonly address: string;
  readonly credential: Login;
  readonly signal: AbortSignal;
}

/** A log of 65,535 records on a slow BMC takes longer than all the rest. */
const LIMIT_MS = 10 * 60_000;
const TOOL_LIMIT_MS = 10_000;
const FILE_BYTES = 4 * 1024 * 1024;
const NAME_BYTES = 16;
const PASSWORD_BYTES = 20;
const OLDEST = [1, 8, 19] as const;

/** Checks tool and credential; the network is not touched before the first `read`. */
export async function openIpmi({ address, credential, signal }: IpmiOptions): Promise<IpmiConnection> {
  const login = { userName: credential.userName, password: credential.password.reveal() };
  requireFits(login);
  const cwd = await mkdtemp(join(tmpdir(), 'cofferdam-ipmi-'));
  const close = (): Promise<void> => rm(cwd, { recursive: true, force: true });
  try {
    await requireTool({ cwd, password: null, limitMs: TOOL_LIMIT_MS, signal });
  } catch (error) {
    await close();
    throw error;
  }
  let suite: CipherSuite = 17;
  // After a refusal nothing is sent again, whoever asks.
  let over = false;

  async function read(commands: readonly Command[]): Promise<Answers> {
    if (over) throw new IpmiError('CLOSED', `${address}: this conversation is over`);
    try {
      const answers = await attempt(commands);
      over = answers.cut !== null;
      return answers;
    } catch (error) {
      // The refusal comes before anything that depends on the password, so a second suite burns nothing. ipmi_sim knows no suite 17.
      if (suite === 17 && error instanceof IpmiError && error.code === 'CIPHER_REFUSED') {
        suite = 3;
        return read(commands);
      }
      over = true;
      throw error;
    }
  }

  async function attempt(commands: readonly Command[]): Promise<Answers> {
    const script = scriptOf(commands);
    await writeFile(join(cwd, SCRIPT), script.text, { mode: 0o600 });
    const args = [...argumentsFor({ address, userName: login.userName, suite }, READING), 'exec', SCRIPT];
    const printed = await runTool(args, { cwd, password: login.password, limitMs: LIMIT_MS, signal });
    const refused = refusalIn(printed.stderr, address);
    if (refused !== null) throw refused;
    const parts = script.split(printed.stdout);
    const cut = printed.cut ?? cutOf(parts, commands.length, address);
    const shared = { cipherSuite: suite, startedAt: printed.startedAt, endedAt: printed.endedAt };
    const outputs: Output[] = [];
    for (const [at, part] of parts.slice(0, commands.length).entries()) {
      const command = commands[at];
      if (command === undefined) break;
      const body = writesFile(command) ? await takeFile(join(cwd, fileOf(at))) : part;
      // After a cut nobody can tell what was refused from what was no longer asked.
      if (cut === null || body.length > 0) outputs.push({ uri: uriOf(command), body, ...shared });
    }
    return { outputs: [...outputs, { uri: 'ipmi:/stderr', body: printed.stderr, ...shared }], cut };
  }

  return { userName: login.userName, read, close };
}

const SCRIPT = 'commands';

function fileOf(at: number): string {
  return `${String(at)}.raw`;
}

interface Script {
  readonly text: string;
  /** What was printed between the marks, one part for each command and one for Get Device ID; fewer where a mark is missing. */
  readonly split: (stdout: Buffer) => readonly Buffer[];
}

/** One session for all: each login leaves rows in the BMC's own log. The marks carry what no BMC can know, so that no answer passes for another's. */
function scriptOf(commands: readonly Command[]): Script {
  const nonce = randomBytes(16).toString('hex');
  const mark = (at: number): string => `${nonce}-${String(at)}`;
  const lines = [...commands.map((command, at) => lineOf(command, fileOf(at))), 'mc info'];
  // Verbose until here, for the reason of a refused login; from here on it would change what commands print, and send.
  const text = ['set verbose 0', ...lines.flatMap((line, at) => [`echo ${mark(at)}`, line]), `echo ${mark(lines.length)}`, ''].join('\n');
  return {
    text,
    split(stdout) {
      const parts: Buffer[] = [];
      for (const at of lines.keys()) {
        const from = afterMark(stdout, mark(at));
        const to = stdout.indexOf(mark(at + 1));
        if (from === null || to < from) break;
        parts.push(stdout.subarray(from, to));
      }
      return parts;
    },
  };
}

/** Every BMC answers Get Device ID: one that does not, after all the rest, has ended the session on the way. */
function cutOf(parts: readonly Buffer[], commands: number, address: string): IpmiError | null {
  const last = parts[commands];
  if (last === undefined) return new IpmiError('BAD_OUTPUT', `${address}: ipmitool did not run what it was given`);
  if (last.length > 0) return null;
  return new IpmiError('DROPPED', `${address}: the session ended before everything was answered`);
}

/** `echo` ends its line with a space. */
function afterMark(stdout: Buffer, mark: string): number | null {
  const line = `${mark} \n`;
  const at = stdout.indexOf(line);
  return at < 0 ? null : at + line.length;
}

/** A file that ipmitool did not write stands for an answer that did not come. */
async function takeFile(path: string): Promise<Buffer> {
  const file = await open(path).catch(() => null);
  if (file === null) return Buffer.alloc(0);
  try {
    const { size } = await file.stat();
    if (size > FILE_BYTES) throw new IpmiError('TOO_LARGE', `the BMC filled a file of ${String(size)} bytes; no honest one has that much`);
    return await file.readFile();
  } finally {
    await file.close();
    await rm(path, { force: true });
  }
}

function requireFits({ userName, password }: { readonly userName: string; readonly password: string }): void {
  const isPlain = !/\p{Cc}/u.test(userName + password);
  if (isPlain && userName !== '' && Buffer.byteLength(userName) <= NAME_BYTES && Buffer.byteLength(password) <= PASSWORD_BYTES) return;
  throw new IpmiError(
    'BAD_CREDENTIAL',
    `the credential does not fit IPMI, which takes names of 1 to ${String(NAME_BYTES)} and passwords of up to ${String(PASSWORD_BYTES)} bytes`,
  );
}

async function requireTool(options: Parameters<typeof runTool>[1]): Promise<void> {
  const { stdout }: Printed = await runTool(['-V'], options);
  const said = /version (\d+)\.(\d+)\.(\d+)/.exec(stdout.toString('latin1'));
  const version = said === null ? [0, 0, 0] : said.slice(1).map(Number);
  const differs = OLDEST.findIndex((part, at) => part !== version[at]);
  if (differs < 0 || (version[differs] ?? 0) > (OLDEST[differs] ?? 0)) return;
  throw new IpmiError(
    'TOOL_TOO_OLD',
    `ipmitool ${version.join('.')} can be overrun by a hostile BMC (CVE-2020-5208); install ${OLDEST.join('.')} or later`,
  );
}
