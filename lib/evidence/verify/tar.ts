import type { Hash } from 'node:crypto';
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import type { Contents } from './contents.js';
import { Refused } from './refused.js';
import { BLOCK, isZero, readHeader } from './ustar.js';

/**
 * Reads a seal's tar in one pass, strictly, in constant memory, writing nothing to disk. Readers made for extracting (tar-stream, tar, GNU tar) accept
 * archives cut at an entry boundary, hide padding and what follows the end, and obey overriding headers; here each byte of the container has one legal
 * value. Returns the SHA-256 of the whole file when asked for it.
 */
export async function readTar(path: string, where: string, contents: Contents, hashWhole: boolean): Promise<string | null> {
  const file = await open(path, 'r');
  try {
    const whole = hashWhole ? createHash('sha256') : null;
    await readEntries(new Blocks(file, where, whole), where, contents);
    contents.finish();
    return whole?.digest('hex') ?? null;
  } finally {
    await file.close();
  }
}

async function readEntries(blocks: Blocks, where: string, contents: Contents): Promise<void> {
  for (let block = await blocks.take(); !isZero(block); block = await blocks.take()) {
    const header = readHeader(block, where);
    if (header.type === 'directory') contents.directory(header.path);
    else await contents.file(header.path, header.size, blocks.body(header.size, `${where}: ${header.path}`));
  }
  if (!isZero(await blocks.take())) throw new Refused('TAR_HEADER', where, 'two zero blocks at the end', 'one, and then more');
  if (!(await blocks.atEnd())) throw new Refused('TAR_TRAILING', where, 'nothing after the two zero blocks', 'more bytes');
}

const CHUNK = 2048 * BLOCK;

/** A file as 512-byte blocks, read a megabyte at a time. */
class Blocks {
  readonly #file: FileHandle;
  readonly #where: string;
  readonly #whole: Hash | null;
  readonly #buffer = Buffer.alloc(CHUNK);
  #start = 0;
  #end = 0;

  constructor(file: FileHandle, where: string, whole: Hash | null) {
    this.#file = file;
    this.#where = where;
    this.#whole = whole;
  }

  async take(): Promise<Buffer> {
    const bytes = await this.#some(BLOCK);
    if (bytes.length < BLOCK) throw this.#truncated(bytes.length);
    return bytes;
  }

  /** The bytes of one file; the chunks are only good until the next one is asked for. */
  async *body(size: number, where: string): AsyncGenerator<Buffer> {
    for (let left = size; left > 0;) {
      const bytes = await this.#some(left);
      if (bytes.length === 0) throw this.#truncated(0);
      left -= bytes.length;
      yield bytes;
    }
    const padding = await this.#some((BLOCK - (size % BLOCK)) % BLOCK);
    if (padding.length !== (BLOCK - (size % BLOCK)) % BLOCK) throw this.#truncated(padding.length);
    if (!isZero(padding)) throw new Refused('TAR_PADDING', where, 'zeros up to the next block', 'other bytes');
  }

  async atEnd(): Promise<boolean> {
    return (await this.#some(1)).length === 0;
  }

  /** At most so many bytes; fewer at the end of the buffer, none at the end of the file. Block sizes divide the buffer, so a block never straddles. */
  async #some(most: number): Promise<Buffer> {
    if (most > 0 && this.#start === this.#end) await this.#fill();
    const bytes = this.#buffer.subarray(this.#start, Math.min(this.#end, this.#start + most));
    this.#start += bytes.length;
    return bytes;
  }

  async #fill(): Promise<void> {
    this.#start = 0;
    this.#end = 0;
    while (this.#end < CHUNK) {
      const { bytesRead } = await this.#file.read(this.#buffer, this.#end, CHUNK - this.#end);
      if (bytesRead === 0) break;
      this.#end += bytesRead;
    }
    this.#whole?.update(this.#buffer.subarray(0, this.#end));
  }

  #truncated(got: number): Refused {
    return new Refused(
      'TAR_TRUNCATED',
      this.#where,
      'an archive that two zero blocks close',
      `the end after ${String(got)} bytes of a block`,
    );
  }
}
