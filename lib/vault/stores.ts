import { VaultError } from './error.js';
import type { KvClient } from './kv-client.js';
import { addressOf } from './reference.js';
import type { Credential } from './secret.js';
import type { Vault } from './vault.js';

/** All secret stores of a worker; references name the one they mean. */
export interface Stores {
  /** Throws BAD_REFERENCE and UNKNOWN_STORE. */
  vaultOf(reference: string): Vault;
  /** The credential that a reference stands for now. */
  read(reference: string): Promise<Credential>;
  /** The server that a store of kind `vault` lies on, for its other engines. Throws UNKNOWN_STORE. */
  serverOf(store: string): VaultServer;
}

export type VaultServer = Pick<KvClient, 'other'>;

/** `vaults`: by the NAME in `vault://NAME/…`. */
export function openStores(vaults: ReadonlyMap<string, Vault>, servers: ReadonlyMap<string, VaultServer> = new Map()): Stores {
  const vaultOf = (reference: string): Vault => {
    const { store } = addressOf(reference);
    const vault = vaults.get(store);
    if (vault !== undefined) return vault;
    throw new VaultError('UNKNOWN_STORE', `${reference}: expected one of the stores ${[...vaults.keys()].join(', ')}, got "${store}"`);
  };
  return {
    vaultOf,
    async read(reference) {
      return (await vaultOf(reference).read(reference)).credential;
    },
    serverOf(store) {
      const server = servers.get(store);
      if (server !== undefined) return server;
      throw new VaultError('UNKNOWN_STORE', `expected a store of kind vault, one of ${[...servers.keys()].join(', ')}, got "${store}"`);
    },
  };
}
