import type { AccessRule } from '../model/operation.js';
import { networkText, readNetwork } from '../isolation/networks.js';
import { at, textAt } from '../redfish/json.js';
import { canonical } from '../trust/canonical.js';
import { readMembers } from './collection.js';
import { StepError } from './error.js';
import type { Reader, Reading } from './reader.js';

/** One rule as the BMC shows it. */
export interface ShownRule {
  readonly rule: AccessRule;
  readonly shown: Reading;
}

/** More than anybody writes by hand; what is longer is left to a person. */
const MOST = 32;

/** The rules of an access list in their order. Throws UNREADABLE when one cannot be understood: what it lets in is not known. */
export async function readRules(reader: Reader, collection: string): Promise<readonly ShownRule[]> {
  const members = await readMembers(reader, collection);
  if (members.length > MOST)
    throw new StepError('UNREADABLE', `${collection} holds ${String(members.length)} rules, at most ${String(MOST)} are understood`);
  return members.map((shown) => ({ shown, rule: ruleOf(shown) }));
}

function ruleOf({ uri, json }: Reading): AccessRule {
  const address = textAt(json ?? undefined, 'Address') ?? '';
  const prefix = at(json ?? undefined, 'PrefixLength');
  const policy = textAt(json ?? undefined, 'Policy');
  const network = typeof prefix === 'number' ? readNetwork(`${address}/${String(prefix)}`) : null;
  if (network?.family !== 4 || typeof prefix !== 'number' || (policy !== 'Accept' && policy !== 'Drop'))
    throw new StepError('UNREADABLE', `${uri} is no rule of an IPv4 network that accepts or drops; whom it lets in is not known`);
  return { address: networkText(network).split('/')[0] ?? address, prefix, policy };
}

/** What makes one list of another. Everything is added at the end before anything goes, and what goes goes from the end. */
export interface Transition {
  readonly adds: readonly AccessRule[];
  /** Positions in the list as it is, in the order in which they go. */
  readonly removes: readonly number[];
}

/**
 * The first rule that fits decides, so this order locks nobody out who `to` lets in: what is added stands behind what decides now, and when the
 * rule goes that let somebody in, those before it did not fit, and those behind it are of `to`. The way back takes the same steps and ends in the same
 * order. What `now` already holds of `to` at both its ends stays.
 */
export function transition(now: readonly AccessRule[], to: readonly AccessRule[]): Transition {
  const kept = now.findIndex((rule, n) => !same(rule, to[n]));
  const first = kept === -1 ? now.length : kept;
  let there = Math.min(now.length, to.length) - first;
  while (!to.slice(first, first + there).every((rule, n) => same(rule, now[now.length - there + n]))) there -= 1;
  const removes = Array.from({ length: now.length - there - first }, (_, n) => now.length - there - 1 - n);
  return { adds: to.slice(first + there), removes };
}

export function sameRules(a: readonly AccessRule[], b: readonly AccessRule[]): boolean {
  return canonical(a) === canonical(b);
}

function same(a: AccessRule, b: AccessRule | undefined): boolean {
  return b !== undefined && canonical(a) === canonical(b);
}
