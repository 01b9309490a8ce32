import type { Finding } from '../../lib/model/finding.js';
import type { Indicator } from '../../lib/model/hunt.js';
import { hostOf } from '../../lib/model/place.js';
import { addressBook } from '../../lib/site/addresses.js';
import type { LoadedSite } from '../../lib/site/load.js';
import { Indicator as indicatorSchema } from '../../lib/site/schema/hunt.js';

/** An indicator, and the findings that it was taken from, gravest first. */
export interface Taken {
  readonly indicator: Indicator;
  readonly from: readonly [Finding, ...Finding[]];
}

export interface Taking {
  readonly taken: readonly Taken[];
  /** What the site itself uses or allows, or what leads nowhere but to the BMC itself. */
  readonly known: number;
  /** What no file of hunts/ could hold. */
  readonly unfit: number;
  /** Beyond the most that are taken. */
  readonly left: number;
}

/** The traces of findings, each once. Of one that the site knows on any target nothing follows for others. */
export function indicatorsOf(findings: readonly Finding[], site: Pick<LoadedSite, 'site' | 'inventory'>, most: number): Taking {
  const isKnown = knownTo(site);
  const byValue = new Map<string, Taken>();
  const [known, unfit] = [new Set<string>(), new Set<string>()];
  for (const finding of findings) {
    const { indicator, code } = finding;
    // What a hunt found was sought already.
    if (indicator === undefined || code === 'HUNT_HIT') continue;
    const key = `${indicator.kind} ${indicator.value.toLowerCase()}`;
    const before = byValue.get(key);
    if (before !== undefined) byValue.set(key, { ...before, from: [...before.from, finding] });
    else if (isKnown(indicator)) known.add(key);
    else if (!indicatorSchema.safeParse(indicator).success) unfit.add(key);
    else byValue.set(key, { indicator, from: [finding] });
  }
  const all = [...byValue.values()];
  return { taken: all.slice(0, most), known: known.size, unfit: unfit.size, left: Math.max(0, all.length - most) };
}

/** This host, no host, and addresses that mean another machine on every segment. */
const LOCAL = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '::/128', '::1/128', 'fe80::/10'];

function knownTo({ site, inventory: { targets } }: Pick<LoadedSite, 'site' | 'inventory'>): (indicator: Indicator) => boolean {
  const allowed = targets.map(({ allow }) => allow);
  const accounts = foldedSet(
    allowed.flatMap((allow) => [...allow.accounts.map(({ userName }) => userName), ...allow.sessions.map(({ userName }) => userName)]),
  );
  const keys = new Set<string>(allowed.flatMap((allow) => allow.keys));
  const zones = site.zones.flatMap(({ isolation }) => isolation ?? []);
  const places = foldedSet([
    ...allowed.flatMap((allow) => [...allow.subscriptions, ...(allow.destinations ?? []), ...(allow.directories ?? [])].map(hostOf)),
    ...zones.flatMap(({ allowances }) => allowances.map(({ to }) => to)),
    ...targets.flatMap(({ address, host }) => [hostOf(address), host]),
    'localhost',
  ]);
  const isNear = addressBook([
    ...LOCAL,
    ...allowed.flatMap((allow) => [...allow.addresses, ...allow.sessions.map(({ address }) => address)]),
    ...zones.flatMap(({ responders, allowances }) => [...responders, ...allowances.map(({ to }) => to)]),
    ...targets.map(({ address }) => hostOf(address)),
  ]);
  const isPlace = (host: string): boolean => host === '' || places.has(host.toLowerCase()) || isNear(host);
  return ({ kind, value }) => {
    if (kind === 'account') return accounts.has(value.toLowerCase());
    if (kind === 'key') return keys.has(value);
    return isPlace(kind === 'address' ? value : hostOf(value));
  };
}

function foldedSet(texts: readonly string[]): ReadonlySet<string> {
  return new Set(texts.map((text) => text.toLowerCase()));
}
