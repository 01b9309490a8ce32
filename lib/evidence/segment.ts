import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../model/json.js';
import { sha256 } from '../trust/canonical.js';
import { EvidenceError } from './error.js';
import { hasCode } from './files.js';
import { FILES, type CaptureLine, type CustodyLine } from './format.js';
import type { Position } from './types.js';
import { readCaptureLine, readCustodyLine } from './verify/records.js';

/** What an unsealed bag says, and behind it what a writer that died had not finished. */
export interface Segment {
  readonly custody: LogText<CustodyLine>;
  /** Digest of each custody line. */
  readonly heads: readonly Digest<'custody'>[];
  /** The captures that the custody log has adopted. */
  readonly captures: LogText<CaptureLine>;
  readonly end: Position;
}

export interface LogText<Line> {
  readonly lines: readonly Line[];
  /** Bytes of those lines. */
  readonly whole: Buffer;
  /** Bytes behind them: a torn line, or captures that were never adopted. */
  readonly torn: Buffer;
}

/**
 * Reads the two logs of a bag, which must continue `from`. What a crash can leave behind (a torn last line, lines of captures not yet adopted) is
 * told apart from what it cannot: a whole line that is malformed or does not chain is CHAIN_BROKEN.
 */
export async function readSegment(bag: string, from: Position): Promise<Segment> {
  const { heads, ...custody } = readCustody(await bytesOf(join(bag, FILES.custody)), from, bag);
  const adopted = custody.lines.filter(({ type }) => type === 'capture.adopted');
  const captures = readCaptures(await bytesOf(join(bag, FILES.captures)), adopted, bag);
  const head = heads.at(-1);
  return { custody, heads, captures, end: head === undefined ? from : { seq: from.seq + heads.length, head } };
}

function readCustody(bytes: Buffer, from: Position, bag: string): LogText<CustodyLine> & { heads: Digest<'custody'>[] } {
  const { texts, whole, torn } = split(bytes);
  const heads: Digest<'custody'>[] = [];
  const lines = texts.map((text, index) => {
    const line = readCustodyLine(text);
    if (line === null || line.seq !== from.seq + index + 1 || line.prev !== (heads.at(-1) ?? from.head))
      throw broken(bag, FILES.custody, index, 'a custody line that continues the one before');
    heads.push(sha256(`${text}\n`));
    return line;
  });
  return { lines, heads, whole, torn };
}

function readCaptures(bytes: Buffer, adopted: readonly CustodyLine[], bag: string): LogText<CaptureLine> {
  const { texts } = split(bytes);
  const lines = adopted.map(({ data }, index) => {
    const text = texts[index];
    const line = text === undefined ? null : readCaptureLine(text);
    if (line === null || line.id !== data['id'] || line.uri !== data['uri'] || line.sha256 !== data['sha256'] || line.size !== data['size'])
      throw broken(bag, FILES.captures, index, 'the capture that the custody log adopted');
    return line;
  });
  // ASCII: characters are bytes.
  const end = texts.slice(0, lines.length).reduce((total, text) => total + text.length + 1, 0);
  return { lines, whole: bytes.subarray(0, end), torn: bytes.subarray(end) };
}

function split(bytes: Buffer): { texts: string[]; whole: Buffer; torn: Buffer } {
  const end = bytes.lastIndexOf(0x0a) + 1;
  const whole = bytes.subarray(0, end);
  return { texts: end === 0 ? [] : whole.toString('latin1', 0, end - 1).split('\n'), whole, torn: bytes.subarray(end) };
}

function broken(bag: string, file: string, index: number, expected: string): EvidenceError {
  return new EvidenceError(
    'CHAIN_BROKEN',
    `${join(bag, file)}:${String(index + 1)}: expected ${expected}, got something else; no crash leaves this: somebody or the disk changed it. Keep the folder and look at it`,
  );
}

async function bytesOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return Buffer.alloc(0);
    throw error;
  }
}
