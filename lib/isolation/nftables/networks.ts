import { isIP, isIPv4 } from 'node:net';

export type Family = 'ip' | 'ip6';

/** A run of addresses, both ends included. */
export interface Range {
  readonly family: Family;
  readonly first: bigint;
  readonly last: bigint;
}

export interface Network extends Range {
  /** As nft takes and prints it. */
  readonly text: string;
  readonly bits: number;
}

/** An address, or a network in CIDR form with or without host bits; null for anything else. */
export function networkOf(text: string): Network | null {
  const [address = '', prefix, ...more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || address.includes('%') || more.length > 0) return null;
  const width = version === 4 ? 32 : 128;
  const bits = prefix === undefined ? width : /^\d{1,3}$/.test(prefix) ? Number(prefix) : width + 1;
  return bits > width ? null : network(version === 4 ? 'ip' : 'ip6', numberOf(address), bits, width);
}

function network(family: Family, address: bigint, bits: number, width: number): Network {
  const size = 1n << BigInt(width - bits);
  const first = address - (address % size);
  const start = family === 'ip' ? ipv4Of(first) : ipv6Of(first);
  return { family, first, last: first + size - 1n, bits, text: bits === width ? start : `${start}/${String(bits)}` };
}

function numberOf(address: string): bigint {
  if (isIPv4(address)) return address.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  // The URL parser writes every spelling of an address in one way, without dotted parts.
  const [left = '', right] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::');
  const head = groupsOf(left);
  const tail = groupsOf(right ?? '');
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => 0n);
  return [...head, ...zeros, ...tail].reduce((sum, group) => sum * 65_536n + group, 0n);
}

function groupsOf(text: string): readonly bigint[] {
  return text === '' ? [] : text.split(':').map((group) => BigInt(`0x${group}`));
}

function ipv4Of(address: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => ((address >> shift) & 255n).toString()).join('.');
}

function ipv6Of(address: bigint): string {
  const groups = Array.from({ length: 8 }, (_, at) => ((address >> BigInt(112 - 16 * at)) & 65_535n).toString(16));
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}

export function overlap(one: Range, other: Range): boolean {
  return one.family === other.family && one.first <= other.last && other.first <= one.last;
}

/** In order, without those that others cover: two networks are apart, or one lies in the other. */
export function reduced(networks: readonly Network[]): readonly Network[] {
  const kept: Network[] = [];
  for (const each of [...networks].sort(byPlace)) {
    const before = kept.at(-1);
    if (before === undefined || !overlap(before, each)) kept.push(each);
  }
  return kept;
}

/** The same addresses as the fewest runs: what two lists are compared by. */
export function merged(ranges: readonly Range[]): readonly Range[] {
  const runs: Range[] = [];
  for (const each of [...ranges].sort(byPlace)) {
    const before = runs.at(-1);
    const goesOn = before?.family === each.family && each.first <= before.last + 1n;
    if (goesOn) runs.splice(-1, 1, { ...before, last: before.last > each.last ? before.last : each.last });
    else runs.push(each);
  }
  return runs;
}

function byPlace(one: Range, other: Range): number {
  if (one.family !== other.family) return one.family === 'ip' ? -1 : 1;
  if (one.first !== other.first) return one.first < other.first ? -1 : 1;
  return one.last === other.last ? 0 : one.last > other.last ? -1 : 1;
}
