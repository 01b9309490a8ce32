import type { Json } from '../../model/json.js';
import { membersOf } from '../../redfish/json.js';
import { readLinks } from '../../redfish/links.js';
import { DEPENDENCY_ROUTES, INTERFACES, type DependencyFact } from '../../redfish/vendors/dependencies.js';
import { matches } from '../dump/services.js';
import type { Survey } from '../planning.js';
import type { Reading } from '../reader.js';
import type { Ground } from './ground.js';

/** Where a BMC keeps what it says of itself, each place read once, and only if the BMC leads there. */
export interface Places {
  of(fact: Pick<DependencyFact, 'uri' | 'each'>): Promise<readonly Reading[]>;
  interfaces(): Promise<readonly Reading[]>;
}

/** Resources that one pattern may mean, and members of one collection. */
const MOST = 32;

/** Links of one document that are looked at; a manager has some dozens. */
const LINKS = 4096;

export async function openPlaces({ reader }: Pick<Survey, 'reader'>, { root, managers, systems }: Ground): Promise<Places> {
  const shown = new Map<string, Reading>([root, ...managers, ...systems].map((reading) => [reading.uri, reading]));
  const known = new Set([...shown.values()].flatMap(linksIn));
  const get = async (uri: string): Promise<Reading> => {
    const reading = shown.get(uri) ?? (await reader.get(uri));
    shown.set(uri, reading);
    return reading;
  };
  const all = async (uris: readonly string[]): Promise<readonly Reading[]> => {
    const readings: Reading[] = [];
    for (const uri of uris.slice(0, MOST)) readings.push(await get(uri));
    return readings.filter(({ status }) => status === 200);
  };
  const at = (pattern: string): Promise<readonly Reading[]> => all([...known].filter((uri) => matches(uri, pattern)));
  for (const route of DEPENDENCY_ROUTES) for (const reading of await at(route)) for (const link of linksIn(reading)) known.add(link);
  const of: Places['of'] = async ({ uri, each }) => {
    const found = await at(uri);
    return each ? all(found.flatMap((collection) => membersOf(collection).map((member) => member.uri))) : found;
  };
  return { of, interfaces: () => of({ uri: INTERFACES, each: true }) };
}

function linksIn({ uri, json }: { readonly uri: string; readonly json: Json | null }): readonly string[] {
  return [uri, ...(json === null ? [] : readLinks(uri, json).resources.slice(0, LINKS))].map((link) => link.split('?')[0] ?? '');
}
