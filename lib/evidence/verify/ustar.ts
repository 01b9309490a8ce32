import { Refused } from './refused.js';

export const BLOCK = 512;
const MAGIC = 'ustar\x0000';

export interface Header {
  readonly path: string;
  readonly type: 'file' | 'directory';
  readonly size: number;
}

/** Reads one header. What was understood is written back, and only a block that comes out the same is accepted: then no two readers can differ. */
export function readHeader(block: Buffer, where: string): Header {
  if (block.toString('latin1', 257, 265) !== MAGIC) throw new Refused('TAR_HEADER', where, 'a plain ustar header', 'something else');
  const type = TYPES.get(block[156] ?? 0);
  const name = textAt(block, 0, 100);
  const prefix = textAt(block, 345, 155);
  const path = prefix === '' ? name : `${prefix}/${name}`;
  const at = `${where}: ${path}`;
  if (type === 'override') throw new Refused('ENTRY_OVERRIDE', at, 'a plain ustar header', `type ${typeName(block)}`);
  if (type === undefined) throw new Refused('ENTRY_TYPE', at, 'files and directories only', `type ${typeName(block)}`);
  const numbers = NUMBERS.map(({ offset, digits }) => numberAt(block, offset, digits));
  const [mode, uid, gid, size, mtime] = numbers;
  if (mode === null || uid === null || gid === null || size === null || mtime === null || size === undefined || mode === undefined)
    throw new Refused('TAR_HEADER', at, 'octal numbers', 'something else');
  if (!block.equals(canonical(block, name, prefix, numbers)))
    throw new Refused('TAR_HEADER', at, 'a plain ustar header in the one form that the writer uses, with its checksum', 'another one');
  if (mode > 0o777) throw new Refused('ENTRY_MODE', at, 'permissions only', `mode ${mode.toString(8)}`);
  if (type === 'directory' && size > 0) throw new Refused('TAR_HEADER', at, 'a directory without bytes', `${String(size)} bytes`);
  return { path: type === 'directory' ? path.replace(/\/$/, '') : path, type, size };
}

export function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}

const TYPES = new Map<number, 'file' | 'directory' | 'override'>([
  [0x30, 'file'],
  [0x35, 'directory'],
  // pax for one entry, pax for all, GNU long name, GNU long link, old GNU long name.
  ...['x', 'g', 'X', 'L', 'K', 'N'].map((letter) => [letter.charCodeAt(0), 'override'] as const),
]);

/** mode, uid, gid, size, mtime, device major and minor: that many octal digits, a space, and zero bytes. */
const NUMBERS = [
  { offset: 100, digits: 6 },
  { offset: 108, digits: 6 },
  { offset: 116, digits: 6 },
  { offset: 124, digits: 11 },
  { offset: 136, digits: 11 },
] as const;
const DEVICES = [329, 337] as const;

function canonical(block: Buffer, name: string, prefix: string, numbers: readonly (number | null)[]): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0, 'latin1');
  NUMBERS.forEach(({ offset, digits }, index) => header.write(octal(numbers[index] ?? 0, digits), offset, 'latin1'));
  header[156] = block[156] ?? 0;
  header.write(MAGIC, 257, 'latin1');
  for (const offset of DEVICES) header.write(octal(0, 6), offset, 'latin1');
  header.write(prefix, 345, 'latin1');
  // The checksum is taken with its own eight bytes as spaces.
  const sum = header.reduce((total, byte) => total + byte, 8 * 0x20);
  header.write(octal(sum, 6), 148, 'latin1');
  return header;
}

function octal(value: number, digits: number): string {
  return `${value.toString(8).padStart(digits, '0')} `;
}

function numberAt(block: Buffer, offset: number, digits: number): number | null {
  const text = block.toString('latin1', offset, offset + digits);
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : null;
}

function textAt(block: Buffer, offset: number, length: number): string {
  const end = block.subarray(offset, offset + length).indexOf(0);
  return block.toString('latin1', offset, offset + (end === -1 ? length : end));
}

function typeName(block: Buffer): string {
  return JSON.stringify(String.fromCharCode(block[156] ?? 0));
}
