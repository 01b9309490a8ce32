import { openIntegration, type Integration } from '../lib/integrations/command.js';
import type { Id } from '../lib/model/json.js';
import type { IntegrationTerms, Target } from '../lib/model/site.js';
import type { LoadedSite } from '../lib/site/load.js';
import { final } from './failures.js';
import type { Zone } from './zone.js';

/** The integrations whose secrets a target holds. */
export function integrationsOf({ site }: LoadedSite, { zone, allow }: Target): readonly IntegrationTerms[] {
  const known = site.zones.find(({ id }) => id === zone)?.integrations ?? [];
  return known.filter(({ name }) => allow.integrations?.includes(name) === true);
}

/** One of this zone, as the incident's snapshot of the site has it. */
export async function integrationOf(
  zone: Zone,
  incident: Id<'incident'>,
  name: Id<'integration'>,
  signal: AbortSignal,
): Promise<Integration> {
  const { site } = await zone.snapshot(incident);
  const terms = site.zones.find(({ id }) => id === zone.id)?.integrations?.find((one) => one.name === name);
  if (terms === undefined)
    throw final('UNKNOWN_TARGET', `${name} is no integration of zone ${zone.id} in this incident's snapshot of the site`);
  return openIntegration(terms, signal);
}
