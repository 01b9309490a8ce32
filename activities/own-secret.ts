import { ownSecret } from '../lib/login/own-secret.js';
import type { Target } from '../lib/model/site.js';
import type { Case } from '../lib/model/work.js';
import type { OwnSecret } from '../lib/steps/planning.js';
import type { Zone } from './zone.js';

/** What a plan of this target has to know of our own logins. */
export async function ownSecretOf(zone: Zone, { incident }: Case, target: Target): Promise<OwnSecret> {
  const { inventory } = await zone.snapshot(incident);
  const others = inventory.targets.filter(({ id, secret }) => id !== target.id && secret === target.secret).map(({ id }) => id);
  const vaultOf = (reference: string) => zone.secrets.vaultOf(reference);
  return ownSecret(target, incident, others, { credentials: zone.credentials, vaultOf });
}
