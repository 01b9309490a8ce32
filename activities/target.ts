import { decisionsAbout, type Decisions } from '../lib/login/decisions.js';
import { ownPin } from '../lib/login/own-pin.js';
import type { Digest, Id } from '../lib/model/json.js';
import type { RedfishTarget, Target } from '../lib/model/site.js';
import { checkTrustRoot } from '../lib/site/trust-root.js';
import { openStatements } from '../lib/store/statements.js';
import { final } from './failures.js';
import type { Zone } from './zone.js';

/** A target as it is in force in an incident: as the inventory has it, with the key that a person vouched for since, or that a renewal has proven. */
export async function targetOf(zone: Zone, incident: Id<'incident'>, target: Id<'target'>): Promise<Target> {
  const { inventory } = await zone.snapshot(incident);
  const found = inventory.targets.find((candidate) => candidate.id === target && candidate.zone === zone.id);
  if (found === undefined)
    throw final('UNKNOWN_TARGET', `${target} is not a target of zone ${zone.id} in this incident's snapshot of the site`);
  if (found.protocol === 'ipmi') return found;
  const trusted = await decisionsOf(zone, incident, target).trusted();
  const said = trusted === null ? found : trustedTarget(found, trusted.pin);
  return { ...said, pin: ownPin(said.pin, await zone.pins.read(target)).pin };
}

/** What this zone's own store says that people decided about the keys and secrets of a target. */
export function decisionsOf(zone: Zone, incident: Id<'incident'>, target: Id<'target'>): Decisions {
  return decisionsAbout(target, {
    incident,
    statements: openStatements(zone.layout.incident(incident).statements),
    keyring: async () => checkTrustRoot(await zone.snapshot(incident), zone.config.trustRoot),
  });
}

/** A person vouched for this very key: it replaces the pin, and the authority, under which the new certificate need not hold, is not asked. */
function trustedTarget(target: RedfishTarget, pin: Digest<'spki'>): RedfishTarget {
  return target.tls === undefined ? { ...target, pin } : { ...target, pin, tls: { ...target.tls, ca: null } };
}
