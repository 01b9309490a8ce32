import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/** What became of the passwords and tokens of a drill: how many were looked for, in how many files, and in which they were found. */
export interface Canaries {
  readonly searched: number;
  readonly files: number;
  readonly found: number;
  /** Below the drill's folder; a few. */
  readonly where: readonly string[];
}

/** Of a drill's folder: the secret store, and what a simulated BMC keeps on its own side. */
export const NOT_SEARCHED: readonly string[] = [join('state', 'secrets'), 'ipmi'];

/** Shorter texts turn up by chance. */
const SHORTEST = 8;
const SHOWN = 20;

/**
 * Looks for secrets in every file below a folder, but for those below `except`: as they are, in hexadecimal, and in base64 at each of its three
 * alignments, as they stand inside of something longer. What is encrypted or compressed is searched as it lies there.
 */
export async function findCanaries(folder: string, secrets: readonly string[], except: readonly string[]): Promise<Canaries> {
  const looked = [...new Set(secrets)].filter((text) => text.length >= SHORTEST);
  const needles = needlesOf(looked.flatMap(spellings));
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => !except.some((one) => path === one || path.startsWith(`${one}${sep}`)));
  const where: string[] = [];
  for (const path of paths) if (holds(await readFile(join(folder, path)), needles)) where.push(path);
  return { searched: looked.length, files: paths.length, found: where.length, where: where.slice(0, SHOWN) };
}

function spellings(text: string): Buffer[] {
  const bytes = Buffer.from(text);
  const hex = bytes.toString('hex');
  const base64 = [0, 1, 2].flatMap((shift) => {
    const all = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    // The first characters depend on what stands before, the last on what comes after.
    const whole = all.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6));
    return [whole, whole.replaceAll('+', '-').replaceAll('/', '_')];
  });
  return [bytes, ...[hex, hex.toUpperCase(), ...base64].map((spelt) => Buffer.from(spelt))];
}

/** By their first three bytes, so that megabytes are gone through once for all of them. */
interface Needles {
  readonly needles: ReadonlyMap<number, readonly Buffer[]>;
  readonly starts: Uint8Array;
}

function needlesOf(all: readonly Buffer[]): Needles {
  const needles = new Map<number, Buffer[]>();
  const starts = new Uint8Array(1 << 24);
  for (const one of all) {
    const start = one.readUIntBE(0, 3);
    needles.set(start, [...(needles.get(start) ?? []), one]);
    starts[start] = 1;
  }
  return { needles, starts };
}

function holds(bytes: Buffer, { needles, starts }: Needles): boolean {
  let window = 0;
  for (let at = 0; at < bytes.length; at++) {
    window = ((window << 8) | (bytes[at] ?? 0)) & 0xff_ffff;
    if (at < 2 || starts[window] !== 1) continue;
    const from = at - 2;
    if (needles.get(window)?.some((one) => bytes.subarray(from, from + one.length).equals(one)) === true) return true;
  }
  return false;
}
