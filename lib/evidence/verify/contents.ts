import { createHash } from 'node:crypto';
import { FILES } from '../format.js';
import type { RefusalCode } from './codes.js';
import { nameProblem } from './names.js';
import { Refused } from './refused.js';

/** Bounds of one seal: far above what a target gives, far below what would hurt who verifies. */
export interface Limits {
  readonly entries: number;
  readonly payloadFile: number;
  readonly payload: number;
  /** Everything outside data/ is kept in memory while its seal is checked. */
  readonly tagFile: number;
  readonly tags: number;
  readonly signature: number;
}

const MIB = 1024 * 1024;
export const LIMITS: Limits = {
  entries: 200_000,
  // The largest size that fits a plain tar header.
  payloadFile: 8192 * MIB - 1,
  payload: 1024 * 1024 * MIB,
  tagFile: 64 * MIB,
  tags: 128 * MIB,
  signature: MIB / 16,
};

export interface FileSeen {
  readonly size: number;
  readonly sha256: string;
}

/** What a seal holds, gathered while it is read once: hashes of every file, and the bytes of those outside data/. Refuses what no seal of ours has. */
export class Contents {
  /** The one top directory; the name of the seal. */
  top: string | null = null;
  /** By path below the top directory. */
  readonly files = new Map<string, FileSeen>();
  readonly tags = new Map<string, Buffer>();
  readonly #where: string;
  readonly #limits: Limits;
  readonly #names = new Set<string>();
  /** Lower-case path of everything seen, and of every directory that a file needs. */
  readonly #folded = new Map<string, string>();
  readonly #directories = new Set<string>();
  readonly #needed = new Set<string>();
  #payload = 0;
  #tags = 0;

  constructor(where: string, limits: Limits) {
    this.#where = where;
    this.#limits = limits;
  }

  directory(path: string): void {
    this.#admit(path);
    this.#directories.add(path);
  }

  async file(path: string, size: number, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    this.#admit(path);
    const name = path.slice((this.top ?? '').length + 1);
    if (name === '') throw this.#refused('TOP_DIRECTORY', path, 'a directory named after the seal', 'a file at the top');
    const isPayload = name.startsWith(`${FILES.data}/`);
    this.#checkSize(path, name, size, isPayload);
    const hash = createHash('sha256');
    const kept: Uint8Array[] = [];
    for await (const chunk of chunks) {
      hash.update(chunk);
      if (!isPayload) kept.push(Buffer.from(chunk));
    }
    this.files.set(name, { size, sha256: hash.digest('hex') });
    if (!isPayload) this.tags.set(name, Buffer.concat(kept));
  }

  /** To be called once everything was read. */
  finish(): void {
    if (this.files.size === 0) throw this.#refused('NOT_EVIDENCE', '', 'a seal: a directory with manifests and data', 'no files');
    for (const directory of this.#directories) {
      if (!this.#needed.has(directory))
        throw this.#refused('EMPTY_DIRECTORY', directory, 'directories with files only', 'an empty directory');
    }
  }

  #admit(path: string): void {
    const problem = nameProblem(path);
    if (problem !== null) throw this.#refused(problem, path, 'letters, digits, ".", "_" and "-" in parts of bounded length', path);
    const [top = ''] = path.split('/', 1);
    this.top ??= top;
    if (top !== this.top) throw this.#refused('TOP_DIRECTORY', path, this.top, top);
    if (this.#names.has(path)) throw this.#refused('NAME_DUPLICATE', path, 'each path once', path);
    this.#names.add(path);
    if (this.#names.size > this.#limits.entries)
      throw this.#refused('LIMIT_FILES', path, `at most ${String(this.#limits.entries)} entries`, 'more');
    const parts = path.split('/');
    for (let depth = 1; depth <= parts.length; depth += 1) {
      const part = parts.slice(0, depth).join('/');
      const seen = this.#folded.get(part.toLowerCase());
      if (seen !== undefined && seen !== part) throw this.#refused('NAME_CASE', path, seen, part);
      this.#folded.set(part.toLowerCase(), part);
      if (depth < parts.length) this.#needed.add(part);
    }
  }

  #checkSize(path: string, name: string, size: number, isPayload: boolean): void {
    const { payloadFile, payload, tagFile, tags, signature } = this.#limits;
    const limit = isPayload ? payloadFile : name.startsWith(`${FILES.signatures}/`) ? signature : tagFile;
    if (size > limit) throw this.#refused('LIMIT_SIZE', path, `at most ${String(limit)} bytes`, String(size));
    if (isPayload) this.#payload += size;
    else this.#tags += size;
    if (this.#payload > payload) throw this.#refused('LIMIT_SIZE', path, `at most ${String(payload)} bytes of payload`, 'more');
    if (this.#tags > tags) throw this.#refused('LIMIT_SIZE', path, `at most ${String(tags)} bytes outside data/`, 'more');
  }

  #refused(code: RefusalCode, path: string, expected: string, got: string): Refused {
    return new Refused(code, path === '' ? this.#where : `${this.#where}: ${path}`, expected, got);
  }
}
