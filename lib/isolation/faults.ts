import type { Isolation } from '../model/isolation-terms.js';
import type { Target } from '../model/site.js';
import { holds, networkText, overlap, readNetwork, type Network } from './networks.js';
import { targetHost } from './target-host.js';

/** What makes isolation terms unusable, and where: the site's loader shows it with its line, the planner refuses because of it. */
export interface Fault {
  /** The way to the value, from the zone's `isolation`. */
  readonly path: readonly PropertyKey[];
  readonly is: 'not-a-network' | 'nobody' | 'too-wide' | 'inside';
  readonly what: string;
  readonly fix: string;
}

/** Everything that is wrong with the lists of a zone's terms. A list that lets everybody in would be no isolation; one that names the segment lets the suspects in. */
export function faultsOf(isolation: Isolation): readonly Fault[] {
  const { segment, responders, fallback, allowances } = isolation;
  const inside = segment.flatMap((text) => readNetwork(text) ?? []);
  const destinations = allowances.map(({ to }) => to);
  return [
    ...unreadable('segment', segment),
    ...(responders.length === 0 ? [nobody()] : []),
    ...sources('responders', responders, inside),
    ...sources('fallback', fallback, inside),
    ...unreadable('allowances', destinations, ['to']),
    ...wide('allowances', destinations, ['to']),
  ];
}

/** Why a target would not be cut off by these terms; null when it would, or when nobody can tell since it is named and not addressed. */
export function targetFault({ scope, segment }: Isolation, target: Target): string | null {
  const host = targetHost(target);
  const address = readNetwork(host);
  if (address === null)
    return scope === 'targets' ? `"${host}" of ${target.id} is a name, and rules for targets alone are made of addresses` : null;
  const isInside = segment.some((text) => {
    const network = readNetwork(text);
    return network !== null && holds(network, address);
  });
  return isInside ? null : `${host} of ${target.id} does not lie in the segment of its zone (${segment.join(', ')})`;
}

/** The widest list is a sixteenth of all addresses of a family, and the widest entry a /8: 10.0.0.0/8 is a company, anything wider is everybody. */
const MOST_BITS = 8;
const MOST = 1 / 16;

function sources(list: 'responders' | 'fallback', texts: readonly string[], inside: readonly Network[]): readonly Fault[] {
  return [...unreadable(list, texts), ...wide(list, texts, []), ...overlapping(list, texts, inside)];
}

function nobody(): Fault {
  return {
    path: ['responders'],
    is: 'nobody',
    what: 'nobody is named as a responder, so nobody could respond',
    fix: 'name the address of the worker and of the jump host',
  };
}

function unreadable(list: string, texts: readonly string[], below: readonly string[] = []): readonly Fault[] {
  return texts.flatMap((text, at) =>
    readNetwork(text) !== null
      ? []
      : {
          path: [list, at, ...below],
          is: 'not-a-network' as const,
          what: `"${text}" is not the one spelling of an address or a network`,
          fix: 'write 10.20.0.0/24 or fd00:20::/64; an IPv4 address as IPv4, and no zone index',
        },
  );
}

function wide(list: string, texts: readonly string[], below: readonly string[]): readonly Fault[] {
  const networks = texts.map((text) => readNetwork(text));
  const entries = networks.flatMap((network, at) =>
    network === null || network.bits >= MOST_BITS ? [] : tooWide([list, at, ...below], networkText(network)),
  );
  const shares = [4, 6].map((family) => networks.reduce((sum, one) => (one?.family === family ? sum + 2 ** -one.bits : sum), 0));
  return entries.length === 0 && shares.some((share) => share > MOST) ? [tooWide([list], 'all of it together')] : entries;
}

function tooWide(path: readonly PropertyKey[], what: string): Fault {
  return {
    path,
    is: 'too-wide',
    what: `${String(path[0])}: ${what} is as good as everybody`,
    fix: 'name the hosts and networks that are needed, none wider than a /8',
  };
}

function overlapping(list: string, texts: readonly string[], inside: readonly Network[]): readonly Fault[] {
  return texts.flatMap((text, at) => {
    const network = readNetwork(text);
    return network === null || !inside.some((segment) => overlap(segment, network))
      ? []
      : {
          path: [list, at],
          is: 'inside' as const,
          what: `${list}: ${text} lies in the segment that is to be cut off`,
          fix: 'let people in from outside of the segment only: whatever is inside is a suspect',
        };
  });
}
