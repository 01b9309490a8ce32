import { openSeries } from '../lib/evidence/series.js';
import type { Series } from '../lib/evidence/types.js';
import { openEnforcer } from '../lib/isolation/open.js';
import { id, type Id } from '../lib/model/json.js';
import type { EnforcerTerms, Isolation } from '../lib/model/isolation-terms.js';
import type { Case } from '../lib/model/work.js';
import type { EnforcerAndVantages } from '../lib/operations/job.js';
import type { LoadedSite } from '../lib/site/load.js';
import { final } from './failures.js';
import { HOLD_MS, seriesOptions, WAIT_MS } from './held.js';
import type { Zone } from './zone.js';

/** Null where the site says nothing about isolation: then nothing cuts this zone off. */
export function isolationOf(zone: Zone, { site }: LoadedSite): Isolation | null {
  return site.zones.find(({ id: name }) => name === zone.id)?.isolation ?? null;
}

export async function isEnforcer(zone: Zone, incident: Id<'incident'>, name: string): Promise<boolean> {
  const isolation = isolationOf(zone, await zone.snapshot(incident));
  return isolation?.enforcers.some((candidate) => candidate.name === name) ?? false;
}

/** An enforcer of this zone as the incident's snapshot of the site has it. */
export async function termsOf(
  zone: Zone,
  incident: Id<'incident'>,
  name: string,
): Promise<{ readonly isolation: Isolation; readonly terms: EnforcerTerms }> {
  const isolation = isolationOf(zone, await zone.snapshot(incident));
  const terms = isolation?.enforcers.find((candidate) => candidate.name === name);
  if (isolation === null || terms === undefined)
    throw final('UNKNOWN_TARGET', `${name} is no enforcer of zone ${zone.id} in this incident's snapshot of the site`);
  return { isolation, terms };
}

export async function enforcerOf(
  zone: Zone,
  incident: Id<'incident'>,
  name: Id<'enforcer'>,
  signal: AbortSignal,
): Promise<EnforcerAndVantages> {
  const { isolation, terms } = await termsOf(zone, incident, name);
  return { enforcer: openEnforcer(terms, { signal }), vantages: isolation.vantages, askVantage: zone.askVantage };
}

/** Does one piece of work under the enforcer's lock, with its evidence series open. */
export async function withEnforcer<T>(
  zone: Zone,
  known: Case,
  name: string,
  work: string,
  signal: AbortSignal,
  act: (series: Series, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const request = { target: id<'target'>(name), work: `${known.incident} ${work}`, limitMs: HOLD_MS, waitMs: WAIT_MS, signal };
  return zone.locks.hold(request, async (held) => {
    const series = await openSeries(seriesOptions(zone, known, id(name)));
    try {
      return await act(series, held);
    } finally {
      await series.close();
    }
  });
}
