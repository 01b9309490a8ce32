import type { Target } from '../model/site.js';
import type { Login } from '../redfish/types.js';
import type { Credentials, CredentialsRecord } from '../store/credentials.js';
import type { Vault } from '../vault/vault.js';
import { LoginError } from './error.js';

export interface OwnLoginDeps {
  readonly credentials: Pick<Credentials, 'read'>;
  vaultOf(reference: string): Pick<Vault, 'read' | 'pending'>;
}

/** The reference of what we log in to a target with: the incident's own account while it is used, else what the inventory comes to. */
export async function ownReference(target: Pick<Target, 'id' | 'secret'>, { credentials }: OwnLoginDeps): Promise<string> {
  const record = await credentials.read(target.id);
  return record.account?.state === 'used' ? record.account.ref : inventoryReference(target, record);
}

/** The inventory's reference, or the one that replaced it: the way back when the incident's own account is given up. */
export function inventoryReference(target: Pick<Target, 'secret'>, { uses }: Pick<CredentialsRecord, 'uses'>): string {
  return uses ?? target.secret;
}

/**
 * What we log in to a target with, whoever asks: while a rotation is under way nobody else may try a secret that the BMC may no longer take, or its
 * lock-out shuts us all out. Throws SECRET_IN_DOUBT, or a VaultError.
 */
export async function ownLogin(target: Pick<Target, 'id' | 'secret'>, deps: OwnLoginDeps): Promise<Login> {
  const { rotations, account } = await deps.credentials.read(target.id);
  const reference = await ownReference(target, deps);
  // Another secret of ours that is being replaced meanwhile is not the one that we log in with.
  const rotation = rotations.find(({ ours, ref }) => ours && (account?.state !== 'used' || ref === account.ref));
  switch (rotation?.state) {
    case undefined:
    case 'old':
      return (await deps.vaultOf(reference).read(reference)).credential;
    case 'new':
    case 'both':
      return replaced(rotation.ref, rotation.key, deps);
    case 'sent':
      throw inDoubt('SECRET_IN_DOUBT', target, 'is under way');
    case 'neither':
      throw inDoubt('BOTH_REFUSED', target, 'ended with both secrets refused');
  }
}

function inDoubt(code: LoginError['code'], { id }: Pick<Target, 'id'>, how: string): LoginError {
  return new LoginError(code, `${id} is sent no secret: its rotation ${how}, and a login could lock us out`);
}

/** Proven to work, and not yet the current one. After a crash in between it may be that already. */
async function replaced(reference: string, key: string, deps: OwnLoginDeps): Promise<Login> {
  const pending = await deps.vaultOf(reference).pending(reference);
  if (pending?.key === key) return pending.credential;
  const current = await deps.vaultOf(reference).read(reference);
  if (current.key === key) return current.credential;
  throw new LoginError('SECRET_IN_DOUBT', `${reference} no longer holds the secret that was proven to work; look into the vault`);
}
