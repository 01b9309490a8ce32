import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readSealedBags } from '../lib/evidence/sealed.js';
import { id, isId, type Digest, type Id } from '../lib/model/json.js';
import type { RedfishTarget, Target } from '../lib/model/site.js';
import { connect } from '../lib/redfish/client.js';
import type { Connection } from '../lib/redfish/types.js';
import { loadSite, type LoadedSite } from '../lib/site/load.js';
import { checkTrustRoot } from '../lib/site/trust-root.js';
import { openBurned } from '../lib/store/burned.js';
import { hasCode } from '../lib/store/files.js';
import { final } from './failures.js';
import { authorityOf, ownLoginOf } from './connect.js';
import type { Zone } from './zone.js';

/** A target of the site directory as it is now, outside of any incident. */
export interface Listed<T extends Target = Target> {
  readonly site: LoadedSite;
  readonly target: T;
}

export async function listed(zone: Zone, wanted: { readonly zone: Id<'zone'>; readonly target: Id<'target'> }): Promise<Listed> {
  const site = await loadSite(zone.siteDir);
  await checkTrustRoot(site, zone.config.trustRoot);
  const target = site.inventory.targets.find((one) => one.id === wanted.target && one.zone === zone.id && wanted.zone === zone.id);
  if (target === undefined) throw final('UNKNOWN_TARGET', `${wanted.target} is not in the inventory of this zone’s worker`);
  return { site, target };
}

/**
 * Logs in for a look, with this pin. A desk says so without a signature: so never to another key than the inventory's own, if it has one, and not
 * while an incident holds the target's secret for burned.
 */
export async function loginTo(
  zone: Zone,
  { site, target }: Listed<RedfishTarget>,
  pin: Digest<'spki'> | null,
  signal: AbortSignal,
): Promise<Connection> {
  if (target.pin !== null && pin !== target.pin)
    throw final('PIN_MISMATCH', `the inventory pins another key of ${target.id}, ${target.pin}; nothing secret was sent`);
  const incident = await burnedIn(zone, target.id);
  if (incident !== null)
    throw final('SECRET_BURNED', `${target.id} is sent no secret while incident ${incident} holds it for burned; decide there`);
  return connect({
    address: target.address,
    pin,
    ca: authorityOf(target, site),
    minimum: target.tls?.minimum ?? 'TLSv1.2',
    credential: await ownLoginOf(zone, target),
    mode: 'read-only',
    signal,
  });
}

/** An incident that goes on and in which nothing secret may leave for this target. */
async function burnedIn(zone: Zone, target: Id<'target'>): Promise<Id<'incident'> | null> {
  for (const name of await incidentsOf(zone)) {
    const layout = zone.layout.incident(id(name));
    if (!(await openBurned(layout.target(target).burned).read()).open) continue;
    const ended = (await readSealedBags(join(layout.evidence, target))).at(-1)?.seal.final === true;
    if (!ended) return id(name);
  }
  return null;
}

async function incidentsOf(zone: Zone): Promise<readonly string[]> {
  try {
    return (await readdir(join(zone.layout.root, 'incidents'))).filter((name) => isId(name));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}
