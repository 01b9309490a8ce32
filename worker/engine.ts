import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { Site } from '../lib/model/site.js';

/** Where the engine is: flag, then Temporal's own environment and profile, then the site. */
export function engineOf(
  site: Site,
  flags: { address?: string; namespace?: string },
): { readonly address: string; readonly namespace: string } {
  const { connectionOptions, namespace } = loadClientConnectConfig();
  return {
    address: flags.address ?? connectionOptions.address ?? site.engine.address,
    namespace: flags.namespace ?? namespace ?? site.engine.namespace,
  };
}

/** A client connection that fails soon and says so, where Temporal's own would wait ten seconds. */
export async function connectEngine(address: string): Promise<Connection> {
  try {
    return await Connection.connect({ address, connectTimeout: '5s' });
  } catch (cause) {
    throw new Error(`no engine answers at ${address}; start one with: cofferdam engine start`, { cause });
  }
}
