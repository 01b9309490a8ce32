import type { Allowance, Rules } from '../model/isolation.js';
import type { Id } from '../model/json.js';
import type { Isolation } from '../model/isolation-terms.js';
import type { Target } from '../model/site.js';
import { IsolationError } from './error.js';
import { faultsOf, targetFault } from './faults.js';
import { holds, networkText, readNetwork, type Network } from './networks.js';
import { targetHost } from './target-host.js';

export interface RulesRequest {
  readonly incident: Id<'incident'>;
  readonly isolation: Isolation;
  /** The incident's targets of this zone. */
  readonly targets: readonly Target[];
}

/**
 * The rules of a zone in their one spelling: normalised, sorted, without what another entry holds already, so that equal rules are equal text.
 * Throws RULES_REFUSED for rules that would lock the responders out, let everybody or a suspect in, or leave a target outside.
 */
export function rulesFor({ incident, isolation, targets }: RulesRequest): Rules {
  const [fault] = faultsOf(isolation);
  if (fault !== undefined) throw new IsolationError('RULES_REFUSED', `${fault.what}; ${fault.fix}`);
  const outside = targets.flatMap((target) => targetFault(isolation, target) ?? []);
  if (outside[0] !== undefined)
    throw new IsolationError('RULES_REFUSED', `${outside[0]}${andMore(outside.length - 1)}; nothing would cut it off`);
  const inside = isolation.scope === 'segment' ? isolation.segment : targets.map(targetHost);
  if (inside.length === 0) throw new IsolationError('RULES_REFUSED', 'there is nothing to cut off: no network, and no target');
  return {
    incident,
    scope: isolation.scope,
    inside: canonicalNetworks(inside),
    responders: canonicalNetworks(isolation.responders),
    fallback: canonicalNetworks(isolation.fallback),
    allowances: canonicalAllowances(isolation.allowances),
  };
}

/** Targets that are named and not addressed: whether they lie in the segment is not known, and no path to them is tried. */
export function namedTargets(targets: readonly Target[]): readonly Target[] {
  return targets.filter((target) => readNetwork(targetHost(target)) === null);
}

function canonicalNetworks(texts: readonly string[]): readonly string[] {
  const networks = texts.flatMap((text) => readNetwork(text) ?? []).sort(inOrder);
  // Sorted so, whoever holds another comes before it, and nobody stands between the two but what the first holds as well.
  const kept: Network[] = [];
  for (const network of networks) {
    const last = kept.at(-1);
    if (last === undefined || !holds(last, network)) kept.push(network);
  }
  return kept.map(networkText);
}

function inOrder(a: Network, b: Network): number {
  if (a.family !== b.family) return a.family - b.family;
  if (a.first !== b.first) return a.first < b.first ? -1 : 1;
  return a.bits - b.bits;
}

function canonicalAllowances(allowances: readonly Allowance[]): readonly Allowance[] {
  const spelled = allowances.map((allowance): [string, Allowance] => {
    const [to = allowance.to] = canonicalNetworks([allowance.to]);
    return [`${to} ${allowance.protocol} ${String(allowance.port)}`, { ...allowance, to }];
  });
  // The same way for two reasons is one way: the first one's reason stays, since the list has an order that people gave it.
  const first = new Map(spelled.reverse());
  return [...first].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, allowance]) => allowance);
}

function andMore(count: number): string {
  return count === 0 ? '' : `, and so for ${String(count)} more`;
}
