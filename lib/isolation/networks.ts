import { isIP, isIPv4 } from 'node:net';

/** A network of one family by its first address; a single address is the narrowest network. */
export interface Network {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly bits: number;
}

/** Reads an address or a network; null for what is neither, for an IPv4 address that wears IPv6, and for one with a zone index: each address has one spelling. */
export function readNetwork(text: string): Network | null {
  const network = readAnyNetwork(text);
  return network?.family === 6 && network.first >> 32n === MAPPED && network.bits >= 96 ? null : network;
}

/** {@link readNetwork}, with IPv4 addresses that wear IPv6. */
export function readAnyNetwork(text: string): Network | null {
  const [address = '', length, ...more] = text.split('/');
  const family = isIP(address) === 0 || more.length > 0 ? null : isIPv4(address) ? 4 : 6;
  if (family === null || !/^\d{1,3}$/.test(length ?? '0')) return null;
  const width = WIDTHS[family];
  const bits = length === undefined ? width : Number(length);
  const whole = family === 4 ? readIpv4(address) : readIpv6(address);
  if (whole === null || bits > width) return null;
  const below = BigInt(width - bits);
  return { family, first: (whole >> below) << below, bits };
}

/** The last address of a network. */
export function lastOf({ family, first, bits }: Network): bigint {
  return first + (1n << BigInt(WIDTHS[family] - bits)) - 1n;
}

/** The one text of a network: without host bits, in lower case, compressed, an address without its prefix length. */
export function networkText({ family, first, bits }: Network): string {
  const address = family === 4 ? ipv4Text(first) : ipv6Text(first);
  return bits === WIDTHS[family] ? address : `${address}/${String(bits)}`;
}

/** True when every address of `inner` lies in `outer`. */
export function holds(outer: Network, inner: Network): boolean {
  if (outer.family !== inner.family || outer.bits > inner.bits) return false;
  const below = BigInt(WIDTHS[outer.family] - outer.bits);
  return outer.first >> below === inner.first >> below;
}

export function overlap(a: Network, b: Network): boolean {
  return holds(a, b) || holds(b, a);
}

const WIDTHS = { 4: 32, 6: 128 } as const;

/** The upper 96 bits of ::ffff:0:0/96. */
const MAPPED = 0xffffn;

function readIpv4(address: string): bigint {
  return address.split('.').reduce((whole, part) => whole * 256n + BigInt(part), 0n);
}

/** By way of a URL's host, which knows every spelling and gives the one of RFC 5952. */
function readIpv6(address: string): bigint | null {
  if (!URL.canParse(`http://[${address}]`)) return null;
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const before = groupsOf(head);
  const after = groupsOf(tail ?? '');
  const groups = tail === undefined ? before : [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after];
  return groups.reduce((whole, group) => whole * 65_536n + BigInt(`0x${group}`), 0n);
}

function groupsOf(text: string): readonly string[] {
  return text === '' ? [] : text.split(':');
}

function ipv4Text(address: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((address >> shift) & 255n)).join('.');
}

function ipv6Text(address: bigint): string {
  const digits = address.toString(16).padStart(32, '0');
  return new URL(`http://[${digits.replace(/(.{4})(?=.)/g, '$1:')}]`).hostname.slice(1, -1);
}
