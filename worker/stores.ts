import { join } from 'node:path';
import { STATE_FILES } from '../lib/site/config.js';
import type { LoadedSite } from '../lib/site/load.js';
import { FileStore } from '../lib/vault/file-store.js';
import { KvClient } from '../lib/vault/kv-client.js';
import { openKvHttp } from '../lib/vault/kv-http.js';
import { KvStore } from '../lib/vault/kv-store.js';
import { KvToken } from '../lib/vault/kv-token.js';
import { openStores, type Stores } from '../lib/vault/stores.js';
import type { Vault } from '../lib/vault/vault.js';

/** The secret stores of a worker as its site names them. Nobody is asked yet: a server that is away fails the login that needs it, and nothing else. */
export function storesOf(loaded: LoadedSite, state: string): Stores {
  const vaults = new Map<string, Vault>([['file', fileStoreOf(loaded, state)]]);
  const servers = new Map<string, KvClient>();
  for (const terms of loaded.site.stores) {
    if (terms.kind === 'file') continue;
    const { address, namespace, pin } = terms;
    const http = openKvHttp({ address, namespace, pin, ca: terms.ca === null ? null : (loaded.authorities[terms.ca] ?? null) });
    const client = new KvClient(http, new KvToken(http, terms.auth), terms.mount);
    servers.set(terms.name, client);
    vaults.set(terms.name, new KvStore(client));
  }
  return openStores(vaults, servers);
}

export function fileStoreOf({ site, certificates }: LoadedSite, state: string): FileStore {
  const named = new Set(site.stores.flatMap((terms) => (terms.kind === 'file' ? terms.readers : [])));
  const keys = site.people.filter(({ id }) => named.has(id)).flatMap((person) => person.keys);
  return new FileStore(
    join(state, STATE_FILES.secrets),
    keys.flatMap((key) => certificates[key] ?? []),
  );
}
