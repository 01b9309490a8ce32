import { isIP } from 'node:net';
import { readEndpoint, type Endpoint } from '../../isolation/endpoint.js';
import { readNetwork } from '../../isolation/networks.js';
import { targetHost, targetPort } from '../../isolation/target-host.js';
import type { Path, Rules, UnprobedPath } from '../../model/isolation.js';
import type { EnforcerTerms, Isolation, Vantage } from '../../model/isolation-terms.js';
import type { Target } from '../../model/site.js';

/** Paths of one probe, and the ways that it cannot try. */
export interface Tries {
  readonly paths: readonly Path[];
  readonly unprobed: readonly UnprobedPath[];
  /** How many targets are tried, of how many. */
  readonly sample: { readonly tried: number; readonly of: number };
}

/** So many targets are tried from each vantage point: one rule covers them all, and a probe of thousands would look like the attack. */
export const SAMPLE = 16;

/** The responders' way: to the gateway, and to what else their vantage points must reach. Never a BMC's answer, or a silent one could undo the isolation. */
export function reachPaths({ vantages }: Isolation, terms: EnforcerTerms): Tries {
  const paths = vantages
    .filter(({ at }) => at === 'responder')
    .flatMap((vantage) => [...gatewayPaths(vantage, terms), ...controlPaths(vantage)]);
  const why =
    readEndpoint(terms.gateway) === null
      ? `the gateway ${terms.gateway} is a name, which is not looked up`
      : 'no vantage point stands where responders do';
  return { paths, unprobed: paths.length > 0 ? [] : [{ id: 'responder', why }], sample: { tried: 0, of: 0 } };
}

/** Everybody else's ways, which must be closed; each vantage point first has to show that its own network works. */
export function blockedPaths({ vantages, segment }: Isolation, terms: EnforcerTerms, rules: Rules, targets: readonly Target[]): Tries {
  const addressed = targets.filter((target) => readNetwork(targetHost(target)) !== null);
  const sampled = spread(addressed);
  const others = vantages.filter(({ at }) => at !== 'responder');
  const tried = others.map((vantage) => ({
    vantage,
    blocked: vantage.at === 'inside' ? outward(vantage, others) : inward(vantage, sampled),
  }));
  const paths = tried.flatMap(({ vantage, blocked }) =>
    blocked.length === 0 ? [] : [...(vantage.controls === undefined ? gatewayPaths(vantage, terms) : controlPaths(vantage)), ...blocked],
  );
  const unprobed = [
    ...missingPlaces(tried.filter(({ blocked }) => blocked.length > 0).map(({ vantage }) => vantage)),
    ...ALWAYS,
    ...missingFamilies([...segment, ...rules.inside], paths),
    ...missingTargets(targets.length, addressed.length, sampled.length),
  ];
  return { paths, unprobed, sample: { tried: paths.some(({ at }) => at !== 'inside') ? sampled.length : 0, of: targets.length } };
}

function gatewayPaths(vantage: Vantage, { gateway }: EnforcerTerms): readonly Path[] {
  const endpoint = readEndpoint(gateway);
  return endpoint === null ? [] : [path(vantage, 'gateway', endpoint, 'reach')];
}

function controlPaths(vantage: Vantage): readonly Path[] {
  return endpoints(vantage.controls).map((endpoint, at) => path(vantage, `control-${String(at + 1)}`, endpoint, 'reach'));
}

/** From outside, or from a host that a BMC serves, to BMCs. */
function inward(vantage: Vantage, sampled: readonly Target[]): readonly Path[] {
  return [
    ...sampled.map((target) => path(vantage, target.id, { to: targetHost(target), port: targetPort(target) }, 'blocked')),
    ...named(vantage),
  ];
}

/** From inside to the outside: to what the site names, and to what vantage points outside use as their control, since that is known to answer. */
function outward(vantage: Vantage, others: readonly Vantage[]): readonly Path[] {
  const known = others
    .filter(({ at }) => at === 'outside')
    .flatMap((outside) =>
      endpoints(outside.controls).map((endpoint, at) => ({ endpoint, name: `${outside.name}-control-${String(at + 1)}` })),
    );
  const own = new Set(endpoints(vantage.controls).map(endpointText));
  return [
    ...named(vantage),
    ...known
      .filter(({ endpoint }) => !own.has(endpointText(endpoint)))
      .slice(0, SAMPLE)
      .map(({ name, endpoint }) => path(vantage, name, endpoint, 'blocked')),
  ];
}

function named(vantage: Vantage): readonly Path[] {
  return endpoints(vantage.blocked).map((endpoint, at) => path(vantage, `blocked-${String(at + 1)}`, endpoint, 'blocked'));
}

function path({ name, at }: Vantage, to: string, endpoint: Endpoint, must: Path['must']): Path {
  return { id: `${name}:${to}`, vantage: name, at, ...endpoint, must };
}

function endpoints(texts: readonly string[] = []): readonly Endpoint[] {
  return texts.flatMap((text) => readEndpoint(text) ?? []);
}

function endpointText({ to, port }: Endpoint): string {
  return `${to} ${String(port)}`;
}

/** First, last and evenly between, in the order of their ids. */
function spread(targets: readonly Target[]): readonly Target[] {
  const sorted = [...targets].sort((a, b) => (a.id < b.id ? -1 : 1));
  if (sorted.length <= SAMPLE) return sorted;
  return Array.from({ length: SAMPLE }, (_, at) => Math.round((at * (sorted.length - 1)) / (SAMPLE - 1))).flatMap((at) => sorted[at] ?? []);
}

/** What no vantage point of ours could tell, whoever stands where. */
const ALWAYS: readonly UnprobedPath[] = [
  {
    id: 'same-segment',
    why: 'BMCs of one segment reach one another without passing the gateway; private VLANs or port isolation at the switch close that',
  },
  { id: 'host', why: 'a host reaches its own BMC over KCS, USB and the host interface, which no network rule closes: see the freeze' },
  { id: 'udp', why: 'paths are tried over TCP; that the same rules drop UDP (IPMI, SNMP) is not tried' },
];

function missingPlaces(present: readonly Vantage[]): readonly UnprobedPath[] {
  const stands = (place: Vantage['at']): boolean => present.some(({ at }) => at === place);
  return [
    ...(stands('outside') ? [] : [{ id: 'outside', why: 'no vantage point stands outside of the segment and has something to try' }]),
    ...(stands('inside')
      ? []
      : [{ id: 'bmc-outward', why: 'no vantage point stands inside the segment and has an address outside to try' }]),
    ...(stands('host') ? [] : [{ id: 'shared-nic', why: 'no vantage point stands on a host, whose own port may be shared with its BMC' }]),
  ];
}

/** A segment's IPv6 may stand open while every IPv4 path is closed. */
function missingFamilies(inside: readonly string[], paths: readonly Path[]): readonly UnprobedPath[] {
  return ([4, 6] as const)
    .filter((family) => inside.some((text) => readNetwork(text)?.family === family))
    .filter((family) => !paths.some(({ at, to, must }) => at !== 'inside' && must === 'blocked' && isIP(to) === family))
    .map((family) => ({
      id: `ipv${String(family)}`,
      why: `the segment has IPv${String(family)}, and no address of it is tried: name one under a vantage point's blocked`,
    }));
}

function missingTargets(all: number, addressed: number, sampled: number): readonly UnprobedPath[] {
  return [
    ...(all === addressed
      ? []
      : [{ id: 'named-targets', why: `${String(all - addressed)} targets have a name and no address, and names are not looked up` }]),
    ...(addressed === sampled
      ? []
      : [
          {
            id: 'other-targets',
            why: `${String(sampled)} of ${String(addressed)} targets are tried (first, last and spread); the same rules hold for the others`,
          },
        ]),
  ];
}
