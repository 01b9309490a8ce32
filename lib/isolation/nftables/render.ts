import type { Allowance, Rules } from '../../model/isolation.js';
import * as is from './clauses.js';
import { networkOf, reduced, type Family, type Network } from './networks.js';
import { carried } from './carried.js';
import type { Chain, Clause, Element, Rule, Table, TableSet } from './table.js';

/** All that our table depends on. */
export interface Wanted {
  readonly rules: Rules;
  readonly interfaces: readonly string[];
  /** The gateway is a responder itself: it may open connections to the inside. */
  readonly gatewayResponds: boolean;
}

const FAMILIES = ['ip', 'ip6'] as const;
const DHCP = [
  { server: 67, client: 68 },
  { server: 547, client: 546 },
];

/** The table for rules. `armedForS` is how long `fallback` stays out; null keeps it out for good. */
export function render(wanted: Wanted, armedForS: number | null): Table {
  return { sets: setsOf(wanted, armedForS), chains: chainsOf(wanted) };
}

function setsOf({ rules, interfaces }: Wanted, armedForS: number | null): readonly TableSet[] {
  const time = armedForS === null ? '' : ` timeout ${String(armedForS)}s`;
  const lists = { responders: rules.responders, fallback: rules.fallback, inside: rules.inside };
  return [
    { name: 'oob', declared: 'typeof iifname', flags: [], elements: [...new Set(interfaces)].map((name) => bare(name, `"${name}"`)) },
    {
      name: 'armed',
      declared: 'typeof meta nfproto',
      flags: ['timeout'],
      elements: ARMED.map((family) => bare(family, `${family}${time}`)),
    },
    ...FAMILIES.flatMap((family) => [
      addressSet('responders', family, lists.responders),
      addressSet('fallback', family, lists.fallback),
      addressSet('inside', family, lists.inside),
      serviceSet(family, rules.allowances),
    ]),
  ];
}

/** The elements of the set that holds the timer. */
export const ARMED = ['ipv4', 'ipv6'] as const;

function bare(rest: string, text: string): Element {
  return { text, range: null, rest };
}

function addressSet(set: 'responders' | 'fallback' | 'inside', family: Family, listed: readonly string[]): TableSet {
  const elements = networksOf(family, listed).map((range) => ({ text: range.text, range, rest: '' }));
  return { name: is.setName(set, family), declared: `type ${family === 'ip' ? 'ipv4_addr' : 'ipv6_addr'}`, flags: ['interval'], elements };
}

function serviceSet(family: Family, allowances: readonly Allowance[]): TableSet {
  const services = [...new Set(allowances.map(({ protocol, port }) => `${protocol} . ${String(port)}`))];
  const elements = services.flatMap((rest) => {
    const listed = allowances.filter(({ protocol, port }) => `${protocol} . ${String(port)}` === rest).map(({ to }) => to);
    return networksOf(family, listed).map((range) => ({ text: `${range.text} . ${rest}`, range, rest }));
  });
  const declared = `typeof ${family} daddr . meta l4proto . th dport`;
  return { name: is.setName('allowed', family), declared, flags: ['interval'], elements };
}

function networksOf(family: Family, listed: readonly string[]): readonly Network[] {
  return reduced(
    listed
      .map(networkOf)
      .filter((each) => each?.family === family)
      .filter((each) => each !== null),
  );
}

function chainsOf(wanted: Wanted): readonly Chain[] {
  const { scope } = wanted.rules;
  return [
    { name: 'carried', hook: null, rules: carried(wanted).map((comment) => ({ clauses: [is.pass], comment })) },
    { name: 'dropped', hook: null, rules: [rule(...is.logged), rule(is.counter, is.drop)] },
    { name: 'inward', hook: null, rules: inward() },
    { name: 'outward', hook: null, rules: outward() },
    { name: 'to-gateway', hook: null, rules: toGateway(wanted) },
    { name: 'from-gateway', hook: null, rules: fromGateway(wanted) },
    { name: 'forward', hook: 'forward', rules: scope === 'segment' ? forwardSegment() : forwardTargets() },
    { name: 'input', hook: 'input', rules: atGateway(scope, is.fromInside, 'saddr', 'to-gateway') },
    { name: 'output', hook: 'output', rules: atGateway(scope, is.toInside, 'daddr', 'from-gateway') },
  ];
}

/** What comes from inside is judged first, so that no source that it pretends opens the way to its neighbours. */
function forwardSegment(): readonly Rule[] {
  return [
    rule(is.fromInside, is.goTo('outward')),
    ...both((family) => rule(is.address('saddr', family, 'inside'), is.goTo('outward'))),
    rule(is.toInside, is.goTo('inward')),
    ...both((family) => rule(is.address('daddr', family, 'inside'), is.goTo('inward'))),
  ];
}

function forwardTargets(): readonly Rule[] {
  return [
    ...both((family) => rule(is.address('saddr', family, 'inside'), is.goTo('outward'))),
    ...both((family) => rule(is.address('daddr', family, 'inside'), is.goTo('inward'))),
  ];
}

function atGateway(scope: Rules['scope'], through: Clause, side: 'saddr' | 'daddr', chain: string): readonly Rule[] {
  if (scope === 'segment') return [rule(through, is.goTo(chain))];
  return both((family) => rule(through, is.address(side, family, 'inside'), is.goTo(chain)));
}

function inward(): readonly Rule[] {
  return [
    ...both((family) => rule(is.address('saddr', family, 'responders'), is.counter, is.accept)),
    ...both((family) => rule(...is.packetTooBig(family), is.counter, is.accept)),
    ...both((family) => rule(is.service('from', family), ...is.answer, is.counter, is.accept)),
    ...timed((family) => rule(is.address('saddr', family, 'fallback'), is.counter, is.accept)),
  ];
}

function outward(): readonly Rule[] {
  return [
    ...both((family) => rule(...is.answer, is.address('daddr', family, 'responders'), is.counter, is.accept)),
    ...both((family) => rule(is.service('to', family), is.counter, is.accept)),
    ...timed((family) => rule(...is.answer, is.address('daddr', family, 'fallback'), is.counter, is.accept)),
  ];
}

function toGateway({ rules, gatewayResponds }: Wanted): readonly Rule[] {
  return [
    rule(is.neighbours(['nd-router-solicit', 'nd-neighbor-solicit', 'nd-neighbor-advert']), is.accept),
    ...both((family) => rule(is.service('to', family), is.counter, is.accept)),
    ...dhcpOf(rules).map(({ server, client }) => rule(...is.ports(client, server), is.counter, is.accept)),
    ...(gatewayResponds ? [rule(...is.answer, is.counter, is.accept)] : []),
    rule(is.goTo('dropped')),
  ];
}

function fromGateway({ rules, gatewayResponds }: Wanted): readonly Rule[] {
  if (gatewayResponds) return [rule(is.counter, is.accept)];
  return [
    rule(is.neighbours(['nd-router-advert', 'nd-neighbor-solicit', 'nd-neighbor-advert', 'mld2-listener-report']), is.accept),
    ...both((family) => rule(...is.packetTooBig(family), is.counter, is.accept)),
    ...both((family) => rule(is.service('from', family), ...is.answer, is.counter, is.accept)),
    ...dhcpOf(rules).map(({ server, client }) => rule(...is.ports(server, client), is.counter, is.accept)),
    rule(is.goTo('dropped')),
  ];
}

/** DHCP speaks by broadcast, which no allowance's address matches. */
function dhcpOf({ allowances }: Rules): typeof DHCP {
  return DHCP.filter(({ server }) => allowances.some(({ protocol, port }) => protocol === 'udp' && port === server));
}

/** Fallback comes in when the timer has fired; until then, and for ever once it is disarmed, the rule before it drops. */
function timed(rest: (family: Family) => Rule): readonly Rule[] {
  return [rule(is.armed, is.counter, is.goTo('dropped')), ...both(rest), rule(is.goTo('dropped'))];
}

function both(make: (family: Family) => Rule): readonly Rule[] {
  return FAMILIES.map(make);
}

function rule(...clauses: readonly Clause[]): Rule {
  return { clauses };
}
