import type { Id } from '../model/json.js';
import type { Target } from '../model/site.js';
import type { OwnSecret, TargetSecret } from '../steps/planning.js';
import type { OwnAccountState } from '../store/credentials.js';
import { inventoryReference, ownReference, type OwnLoginDeps } from './own-login.js';

/** What we log in to a target with, and whom else we log in as. `inventory`: what the inventory comes to, without the incident's own account. */
export async function ownSecret(
  target: Pick<Target, 'id' | 'secret'>,
  incident: Id<'incident'>,
  { inventory, accounts, snmp }: Pick<OwnSecret, 'accounts' | 'snmp'> & { readonly inventory: TargetSecret },
  deps: OwnLoginDeps,
): Promise<OwnSecret> {
  const record = await deps.credentials.read(target.id);
  const { account } = record;
  const isUsed = account?.state === 'used';
  return {
    ...(isUsed ? { ref: await ownReference(target, deps), sharedWith: [], burnedAt: [] } : inventory),
    accounts,
    snmp,
    incident,
    account,
    also: [
      ...(account !== null && OURS.has(account.state) ? [account.userName] : []),
      // The way back, whose name only its credential has.
      ...(isUsed ? [await userNameOf(inventoryReference(target, record), deps)] : []),
    ],
  };
}

/** One that lets us in no longer, or that the BMC never had, may be anybody's. */
const OURS: ReadonlySet<OwnAccountState> = new Set<OwnAccountState>(['made', 'used', 'left']);

async function userNameOf(reference: string, deps: OwnLoginDeps): Promise<string> {
  return (await deps.vaultOf(reference).read(reference)).credential.userName;
}
