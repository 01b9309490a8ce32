import type { Rules } from '../../model/isolation.js';
import { IsolationError } from '../error.js';
import { networkOf, overlap, type Network } from './networks.js';

/** What is known of the gateway when rules are judged. */
export interface Gateway {
  readonly interfaces: readonly string[];
  /** The names of the interfaces that it has. */
  readonly present: readonly string[];
  /** From where we are logged in, and through which interface our answers go; null where that cannot be known, as on the gateway itself. */
  readonly login: { readonly from: string; readonly through: string } | null;
}

/** Shorter prefixes are everybody in all but name. */
const SHORTEST = { ip: 8, ip6: 16 };

/** Judges rules by what they say, before nft does; throws RULES_REFUSED with what is wrong first. */
export function judge(rules: Rules, gateway: Gateway): void {
  const inside = parsed(rules.inside, 'inside');
  const responders = parsed(rules.responders, 'responders');
  const fallback = parsed(rules.fallback, 'fallback');
  parsed(
    rules.allowances.map(({ to }) => to),
    'allowances',
  );
  if (inside.length === 0) refuse('it names nothing that is to be cut off');
  if (responders.length === 0) refuse('it lists no responders, so that nobody could respond');
  for (const source of [...responders, ...fallback]) {
    if (source.bits < SHORTEST[source.family]) refuse(`${source.text} would let in everybody`);
    if (inside.some((each) => overlap(each, source))) refuse(`${source.text} is to be let in, and is part of what is to be cut off`);
  }
  judgeAllowances(rules, inside);
  judgeGateway(responders, gateway);
}

function parsed(listed: readonly string[], what: string): readonly Network[] {
  return listed.map((text) => networkOf(text) ?? refuse(`${JSON.stringify(text)} in ${what} is neither an address nor a network`));
}

function judgeAllowances({ allowances, scope }: Rules, inside: readonly Network[]): void {
  for (const { to, port } of allowances) {
    const network = networkOf(to);
    if (network !== null && network.bits < SHORTEST[network.family]) refuse(`the allowance to ${to} is to everybody`);
    if (!Number.isInteger(port) || port < 1 || port > 65_535) refuse(`${String(port)} is no port`);
    // In a segment the gateway's own address is inside; a target's is one that is cut.
    if (network !== null && scope === 'targets' && inside.some((each) => overlap(each, network)))
      refuse(`the allowance to ${to} is to what is to be cut off`);
  }
}

function judgeGateway(responders: readonly Network[], { interfaces, present, login }: Gateway): void {
  const lacking = interfaces.filter((name) => !present.includes(name));
  if (lacking.length > 0) refuse(`the gateway has no interface ${lacking.join(', ')}`);
  if (login === null) return;
  const own = networkOf(login.from);
  if (own !== null && !responders.some((each) => overlap(each, own)))
    refuse(`we come from ${login.from}, and the responders do not include it: we could prove nothing afterwards`);
  if (interfaces.includes(login.through))
    refuse(`we come in through ${login.through}, which is to be cut off: it would end this very connection`);
}

function refuse(why: string): never {
  throw new IsolationError('RULES_REFUSED', `the rules are refused: ${why}. Correct isolation in site.yaml; nothing was changed`);
}
