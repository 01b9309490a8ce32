import { inventoryReference } from '../lib/login/own-login.js';
import { ownSecret } from '../lib/login/own-secret.js';
import type { Id } from '../lib/model/json.js';
import { unshared } from '../lib/model/secret-reference.js';
import type { Target } from '../lib/model/site.js';
import type { Case } from '../lib/model/work.js';
import type { OwnSecret, TargetSecret } from '../lib/steps/planning.js';
import { openedBy } from '../lib/steps/rotate/shared.js';
import { openBurned } from '../lib/store/burned.js';
import { VaultError } from '../lib/vault/error.js';
import type { Zone } from './zone.js';

/** What a plan of this target has to know of what opens it: our own logins, and the accounts that are listed with a secret. */
export async function ownSecretOf(zone: Zone, known: Case, target: Target): Promise<OwnSecret> {
  const record = await zone.credentials.read(target.id);
  const { snmp } = target.allow;
  const listedOf = async (secret: string): Promise<TargetSecret> =>
    knownOf(zone, known, target, secret, await replacedBy(zone, target, secret));
  const accounts: OwnSecret['accounts'][number][] = [];
  for (const { userName, secret } of target.allow.accounts)
    if (secret !== undefined) accounts.push({ userName, ...(await listedOf(secret)) });
  const inventory = await knownOf(zone, known, target, inventoryReference(target, record), record.uses);
  const listed = { inventory, accounts, snmp: snmp === undefined ? null : await listedOf(snmp.secret) };
  const vaultOf = (reference: string) => zone.secrets.vaultOf(reference);
  return ownSecret(target, known.incident, listed, { credentials: zone.credentials, vaultOf });
}

/** Of a secret that was replaced by one of the target's own nothing is left to share or to lose. */
async function knownOf(zone: Zone, { incident }: Case, { id }: Target, ref: string, replaced: string | null): Promise<TargetSecret> {
  if (replaced !== null) return { ref: replaced, sharedWith: [], burnedAt: [] };
  const opened = openedBy((await zone.snapshot(incident)).inventory, ref);
  const burnedAt: Id<'target'>[] = [];
  for (const one of opened) {
    // Of this zone: what another zone lost is on record there.
    const { burns } = await openBurned(zone.layout.incident(incident).target(one).burned).read();
    if (burns.some(({ secret }) => secret === ref)) burnedAt.push(one);
  }
  return { ref, sharedWith: opened.filter((one) => one !== id), burnedAt };
}

/** A secret that others share is replaced by one under a reference of its own, which the inventory may not say yet. */
async function replacedBy(zone: Zone, target: Target, secret: string): Promise<string | null> {
  const own = unshared(secret, target.id);
  return zone.secrets
    .vaultOf(own)
    .read(own)
    .then(
      () => own,
      (error: unknown) => {
        if (error instanceof VaultError && error.code === 'NOT_FOUND') return null;
        throw error;
      },
    );
}
