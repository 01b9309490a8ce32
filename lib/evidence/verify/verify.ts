import { lstat, readFile, readdir, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { BagResult, CheckedSeal, Expected } from './bag.js';
import { checkBag } from './bag.js';
import type { Limits } from './contents.js';
import { Contents, LIMITS } from './contents.js';
import { hasCode } from '../files.js';
import { FILES } from '../format.js';
import { readFolder } from './folder.js';
import { readKeyring } from './keyring.js';
import { Refused, isWrong, refusal } from './refused.js';
import type { Refusal, Report, Signer } from './report.js';
import { verdictOf } from './report.js';
import { checkSeries } from './series.js';
import { readTar } from './tar.js';

export interface VerifyOptions {
  /** Armored certificates that the caller trusts; nothing that comes with the evidence is. */
  readonly certificates: readonly string[];
  /** Whether a drill is expected; the other kind is refused. */
  readonly drill: boolean;
  readonly now: Date;
  readonly limits?: Limits;
}

export type VerifyCode = 'NOT_FOUND' | 'UNREADABLE';

/** The path cannot be read at all, which says nothing about the evidence. What is wrong with evidence is in the report, never thrown. */
export class VerifyError extends Error {
  override readonly name = 'VerifyError';
  readonly code: VerifyCode;

  constructor(code: VerifyCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Verifies one seal (a tar or an unpacked folder) or an exported case (a folder of tars). Offline, with the given certificates only, writing nothing. */
export async function verifyPath(path: string, options: VerifyOptions): Promise<Report> {
  const expected = { keyring: await readKeyring(options.certificates), drill: options.drill, now: options.now };
  const limits = options.limits ?? LIMITS;
  try {
    const at = await realpath(path);
    if (!(await stat(at)).isDirectory()) return reportOf([await verifyTar(at, expected, limits)], [], false);
    const children = (await readdir(at)).sort();
    if (!children.some((name) => name.endsWith(TAR))) return reportOf([await verifyFolder(at, expected, limits)], [], false);
    const results: BagResult[] = [];
    for (const name of children.filter((child) => child.endsWith(TAR))) results.push(await verifyTar(join(at, name), expected, limits));
    return reportOf(results, strays(children), true);
  } catch (cause) {
    throw asVerifyError(path, cause);
  }
}

const TAR = '.tar';
const SIDECAR = '.tar.sha256';

async function verifyTar(path: string, expected: Expected, limits: Limits): Promise<BagResult> {
  const where = basename(path);
  return refusing(async () => {
    if (!(await lstat(path)).isFile()) throw new Refused('ENTRY_TYPE', where, 'a regular file', 'something else');
    const sidecar = await readSidecar(path, where);
    const contents = new Contents(where, limits);
    const whole = await readTar(path, where, contents, sidecar !== null);
    if (sidecar !== null && sidecar !== `${String(whole)}  ${where}\n`)
      throw new Refused('SIDECAR_MISMATCH', `${where}.sha256`, `${String(whole)}  ${where}`, sidecar);
    return checkBag(contents, expected, where);
  });
}

async function readSidecar(path: string, where: string): Promise<string | null> {
  const sidecar = `${path}.sha256`;
  const stats = await lstat(sidecar).catch((cause: unknown) => {
    if (hasCode(cause, 'ENOENT')) return null;
    throw cause;
  });
  if (stats === null) return null;
  if (!stats.isFile() || stats.size > 1024)
    throw new Refused('SIDECAR_MISMATCH', `${where}.sha256`, 'one line of sha256sum', 'something else');
  return readFile(sidecar, 'utf8');
}

async function verifyFolder(path: string, expected: Expected, limits: Limits): Promise<BagResult> {
  const where = basename(path);
  return refusing(async () => {
    const contents = new Contents(where, limits);
    await readFolder(path, where, contents);
    return checkBag(contents, expected, where);
  });
}

async function refusing(check: () => Promise<BagResult>): Promise<BagResult> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { refusals: [error.refusal], incomplete: [], signers: [], items: 0, bytes: 0, checked: null };
  }
}

/** Nothing but seals, their checksums and the instructions belongs into an exported case. */
function strays(children: readonly string[]): Refusal[] {
  const tars = new Set(children.filter((name) => name.endsWith(TAR)));
  return children
    .filter((name) => name !== FILES.readme && !tars.has(name) && !(name.endsWith(SIDECAR) && tars.has(name.slice(0, -'.sha256'.length))))
    .map((name) => refusal('STRAY_FILE', name, 'seals (.tar) and their .tar.sha256 only', name));
}

function reportOf(results: readonly BagResult[], strayFiles: readonly Refusal[], isCase: boolean): Report {
  const checked = results.map((result) => result.checked).filter((one): one is CheckedSeal => one !== null);
  const own = [...strayFiles, ...results.flatMap((result) => result.refusals)];
  // A seal that was refused by itself leaves a hole that would look like a gap.
  const series = isCase && checked.length === results.length ? checkSeries(checked) : { refusals: [], incomplete: [] };
  const refusals = [...own, ...series.refusals];
  const incomplete = isWrong(own) ? [] : [...results.flatMap((result) => result.incomplete), ...series.incomplete];
  return {
    verdict: verdictOf(refusals, incomplete),
    refusals,
    incomplete,
    series: [...new Set(checked.map(({ seal }) => seal.series))].sort(),
    seals: results.length,
    items: results.reduce((total, { items }) => total + items, 0),
    bytes: results.reduce((total, { bytes }) => total + bytes, 0),
    signers: distinct(results.flatMap((result) => result.signers)),
  };
}

function distinct(signers: readonly Signer[]): Signer[] {
  return [...new Map(signers.map((signer) => [`${signer.role} ${signer.fingerprint}`, signer])).values()];
}

function asVerifyError(path: string, cause: unknown): unknown {
  if (!(cause instanceof Error) || !('code' in cause) || typeof cause.code !== 'string' || cause instanceof VerifyError) return cause;
  if (cause.code === 'ENOENT')
    return new VerifyError('NOT_FOUND', `${path}: expected a seal or an exported case, found nothing there`, { cause });
  return new VerifyError('UNREADABLE', `${path}: cannot be read (${cause.code}); check permissions and the disk, then verify again`, {
    cause,
  });
}
