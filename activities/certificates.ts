import { commandAuthority, type Authority } from '../lib/certificates/authority.js';
import { vaultAuthority } from '../lib/certificates/vault-authority.js';
import type { Digest, Id } from '../lib/model/json.js';
import type { SiteAuthority } from '../lib/steps/planning.js';
import type { Zone } from './zone.js';

/** Who signs certificates by the incident's snapshot of the site, and the PEM under which they hold; null: nobody. */
export async function siteAuthorityOf(zone: Zone, incident: Id<'incident'>): Promise<SiteAuthority | null> {
  const { site, authorities } = await zone.snapshot(incident);
  const terms = site.certificateAuthority;
  const pem = terms === undefined ? undefined : authorities[terms.ca];
  return terms === undefined || pem === undefined ? null : { terms, pem };
}

export async function certificateAuthorityOf(zone: Zone, incident: Id<'incident'>): Promise<Authority | null> {
  const found = await siteAuthorityOf(zone, incident);
  if (found === null) return null;
  const { terms, pem } = found;
  return terms.kind === 'command' ? commandAuthority(terms, pem) : vaultAuthority(zone.secrets.serverOf(terms.store), terms, pem);
}

/** Every key that is known of another target: by the inventory, or by what this zone has renewed. */
export async function keysOfOthers(zone: Zone, incident: Id<'incident'>, target: Id<'target'>): Promise<readonly Digest<'spki'>[]> {
  const { inventory } = await zone.snapshot(incident);
  const pins = inventory.targets.flatMap((other) =>
    other.protocol === 'redfish' && other.id !== target && other.pin !== null ? [other.pin] : [],
  );
  return [...pins, ...(await zone.pins.ofOthers(target))];
}
