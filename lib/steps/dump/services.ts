import { linkAt, membersOf } from '../../redfish/json.js';
import { readLinks } from '../../redfish/links.js';
import type { Reader, Reading } from '../reader.js';

/** Managers and systems of one BMC, and log services of one of them; a hostile one is not walked. */
const MEMBERS = 8;
const LOGS = 64;

/** What managers and systems link to, and their log services, by pattern: `*` is any one name, and case decides nothing. */
export async function findServices(reader: Reader, root: Reading): Promise<(pattern: string) => readonly string[]> {
  const found = new Set<string>();
  for (const collection of [linkAt(root, 'Managers'), linkAt(root, 'Systems')]) {
    if (collection === null) continue;
    for (const { uri } of membersOf(await reader.get(collection)).slice(0, MEMBERS)) {
      const owner = await reader.get(uri);
      if (owner.json !== null) for (const link of readLinks(uri, owner.json).resources) found.add(link);
      const logs = linkAt(owner, 'LogServices');
      if (logs !== null) for (const log of membersOf(await reader.get(logs)).slice(0, LOGS)) found.add(log.uri);
    }
  }
  return (pattern) => [...found].filter((uri) => matches(uri, pattern));
}

/** `*` is any one name, and case decides nothing. */
export function matches(uri: string, pattern: string): boolean {
  const wanted = pattern.toLowerCase().split('/');
  const parts = uri.toLowerCase().split('/');
  return parts.length === wanted.length && wanted.every((part, n) => part === '*' || part === parts[n]);
}
