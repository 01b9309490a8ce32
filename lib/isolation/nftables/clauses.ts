import type { Json } from '../../model/json.js';
import type { Family } from './networks.js';
import type { Clause } from './table.js';

/** The pieces that our rules are made of, each in nft's two spellings: what the kernel lists is compared with what was meant, rule for rule. */

const SETS = { responders: 'responders', fallback: 'fallback', inside: 'inside', allowed: 'allowed' } as const;
type Named = keyof typeof SETS;

/** There is a set of addresses for each family. */
export function setName(set: Named, family: Family): string {
  return `${SETS[set]}${family === 'ip' ? '4' : '6'}`;
}

export const fromInside = match('iifname @oob', { meta: { key: 'iifname' } }, '@oob');
export const toInside = match('oifname @oob', { meta: { key: 'oifname' } }, '@oob');

export function address(side: 'saddr' | 'daddr', family: Family, set: Named): Clause {
  const name = `@${setName(set, family)}`;
  return match(`${family} ${side} ${name}`, payload(family, side), name);
}

/** The far end of an allowance: where it may go to, or where its answers come from. */
export function service(end: 'to' | 'from', family: Family): Clause {
  const [side, port] = end === 'to' ? ['daddr', 'dport'] : ['saddr', 'sport'];
  const name = `@${setName('allowed', family)}`;
  const left = { concat: [payload(family, side), { meta: { key: 'l4proto' } }, payload('th', port)] };
  return match(`${family} ${side} . meta l4proto . th ${port} ${name}`, left, name);
}

/** What answers a connection that the other side has opened. */
export const answer: readonly Clause[] = [
  match('ct direction reply', { ct: { key: 'direction' } }, 'reply'),
  match('ct state established,related', { ct: { key: 'state' } }, ['established', 'related'], 'in'),
];

/** A router's word on the size of packets, in a flow that a responder opened: without it large answers get lost on narrow paths. */
export function packetTooBig(family: Family): readonly Clause[] {
  const [protocol, type] = family === 'ip' ? ['icmp', 'destination-unreachable'] : ['icmpv6', 'packet-too-big'];
  const name = `@${setName('responders', family)}`;
  return [
    match('ct state related', { ct: { key: 'state' } }, 'related', 'in'),
    match(`${protocol} type ${type}`, payload(protocol, 'type'), type),
    match(`ct original ${family} saddr ${name}`, { ct: { key: `${family} saddr`, dir: 'original' } }, name),
  ];
}

/** Without it IPv6 does not find its neighbours, and switches that listen in do not carry it. */
export function neighbours(types: readonly string[]): Clause {
  return match(`icmpv6 type { ${types.join(', ')} }`, payload('icmpv6', 'type'), { set: types });
}

export function ports(from: number, to: number): readonly Clause[] {
  return [match(`udp sport ${String(from)}`, payload('udp', 'sport'), from), match(`udp dport ${String(to)}`, payload('udp', 'dport'), to)];
}

/** True while the timer runs, and for good once it is disarmed: the elements are the two families, and time out in the kernel. */
export const armed = match('meta nfproto @armed', { meta: { key: 'nfproto' } }, '@armed');

export const counter: Clause = { text: 'counter', listed: { counter: null } };
export const accept: Clause = { text: 'accept', listed: { accept: null } };
export const drop: Clause = { text: 'drop', listed: { drop: null } };
export const pass: Clause = { text: 'continue', listed: { continue: null } };

export const logged: readonly Clause[] = [
  { text: 'limit rate 5/second burst 10 packets', listed: { limit: { rate: 5, burst: 10, per: 'second' } } },
  { text: 'log prefix "cofferdam drop "', listed: { log: { prefix: 'cofferdam drop ' } } },
];

export function goTo(chain: string): Clause {
  return { text: `goto ${chain}`, listed: { goto: { target: chain } } };
}

function match(text: string, left: Json, right: Json, op = '=='): Clause {
  return { text, listed: { match: { op, left, right } } };
}

function payload(protocol: string, field: string): Json {
  return { payload: { protocol, field } };
}
