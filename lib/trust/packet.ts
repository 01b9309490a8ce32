/**
 * True when the bytes are one OpenPGP signature packet (tag 2) with a definite length that ends where the bytes end. A general parser skips marker,
 * padding and unknown packets, which would let two different files pass for one signature.
 */
export function onePacket(bytes: Uint8Array): boolean {
  const header = bytes[0];
  if (header === undefined || (header & 0x80) === 0) return false;
  const body = (header & 0x40) === 0 ? oldFormat(bytes, header) : newFormat(bytes, header);
  return body !== null && body.offset + body.length === bytes.length;
}

const SIGNATURE_TAG = 2;

interface Body {
  readonly offset: number;
  readonly length: number;
}

function oldFormat(bytes: Uint8Array, header: number): Body | null {
  const octets = [1, 2, 4][header & 0x03];
  if (((header >> 2) & 0x0f) !== SIGNATURE_TAG || octets === undefined) return null;
  return { offset: 1 + octets, length: bigEndian(bytes, 1, octets) };
}

function newFormat(bytes: Uint8Array, header: number): Body | null {
  if ((header & 0x3f) !== SIGNATURE_TAG) return null;
  const first = bytes[1] ?? 0;
  if (first < 192) return { offset: 2, length: first };
  if (first < 224) return { offset: 3, length: ((first - 192) << 8) + (bytes[2] ?? 0) + 192 };
  // 224 to 254 announce a body in parts, which RFC 9580 allows for data packets only.
  return first === 255 ? { offset: 6, length: bigEndian(bytes, 2, 4) } : null;
}

function bigEndian(bytes: Uint8Array, from: number, octets: number): number {
  let value = 0;
  for (let index = from; index < from + octets; index += 1) value = value * 256 + (bytes[index] ?? 0);
  return value;
}
