import { lastOf, networkText, readAnyNetwork } from '../networks.js';

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

/** An address, or a network in CIDR form with or without host bits; null for anything else. nft knows IPv4 addresses that wear IPv6. */
export function networkOf(text: string): Network | null {
  const network = readAnyNetwork(text);
  if (network === null) return null;
  const { first, bits } = network;
  return { family: network.family === 4 ? 'ip' : 'ip6', first, last: lastOf(network), bits, text: networkText(network) };
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
