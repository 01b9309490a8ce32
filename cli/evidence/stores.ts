import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isId, type Id } from '../../lib/model/json.js';
import { STATE_FILES } from '../../lib/site/config.js';
import { CliError } from '../error.js';

/** The evidence of one incident in the store of one zone on this host. */
export interface LocalStore {
  readonly zone: string;
  /** Holds one folder per series. */
  readonly root: string;
  readonly series: readonly Id<'series'>[];
}

/** Finds an incident in the zone stores under this state folder. Throws NOT_HERE when none has it. */
export async function localStores(state: string, incident: Id<'incident'>): Promise<readonly LocalStore[]> {
  const zones = await folders(join(state, STATE_FILES.zones));
  const stores = await Promise.all(
    zones.map(async (zone) => {
      const root = join(state, STATE_FILES.zones, zone, 'incidents', incident, 'evidence');
      return { zone, root, series: (await folders(root)).filter((name) => isId<'series'>(name)) };
    }),
  );
  const found = stores.filter(({ series }) => series.length > 0);
  if (found.length > 0) return found;
  throw new CliError('NOT_HERE', `no zone store on this host has evidence of ${incident}`, {
    why: `looked into ${join(state, STATE_FILES.zones)}: ${zones.length === 0 ? 'no zone' : zones.join(', ')}`,
    fix: 'run it on the host of the zone’s worker, with the state folder of that worker (--state)',
    see: `cofferdam incident show ${incident}`,
  });
}

async function folders(path: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort();
  } catch {
    return [];
  }
}
