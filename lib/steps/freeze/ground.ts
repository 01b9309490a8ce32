import { linkAt, membersOf } from '../../redfish/json.js';
import { readLinks } from '../../redfish/links.js';
import type { Vendor } from '../../redfish/vendors/vendor.js';
import { vendorOf } from '../../redfish/vendors/vendors.js';
import { readMembers } from '../collection.js';
import { matches } from '../dump/services.js';
import { StepError } from '../error.js';
import type { Survey } from '../planning.js';
import type { Reading } from '../reader.js';

/** What every part of a freeze goes by. */
export interface Ground {
  readonly root: Reading;
  readonly vendor: Vendor;
  readonly managers: readonly Reading[];
  readonly systems: readonly Reading[];
  /** Managers, and what they link to, by pattern. */
  readonly known: (pattern: string) => readonly string[];
}

/** Managers and systems of one BMC that are looked at, and resources that one pattern may mean. */
const MEMBERS = 16;

/** Throws UNREADABLE when a manager cannot be read: what is open there would pass as closed. */
export async function lookAround({ reader }: Survey): Promise<Ground> {
  const root = await reader.get('/redfish/v1');
  const collection = linkAt(root, 'Managers');
  const managers = root.status !== 200 || collection === null ? [] : await readMembers(reader, collection);
  const [manager] = managers;
  if (manager === undefined || managers.length > MEMBERS)
    throw new StepError('UNREADABLE', `the service root leads to ${String(managers.length)} managers; a BMC has 1 to ${String(MEMBERS)}`);
  const systems = linkAt(root, 'Systems');
  const known = new Set(
    managers.flatMap(({ uri, json }) =>
      [uri, ...(json === null ? [] : readLinks(uri, json).resources)].map((link) => link.split('?')[0] ?? ''),
    ),
  );
  return {
    root,
    vendor: vendorOf(root.json),
    managers,
    systems: systems === null ? [] : await members({ reader }, systems),
    known: (pattern) => [...known].filter((uri) => matches(uri, pattern)).slice(0, MEMBERS),
  };
}

/** The first members of a collection, of any status. */
export async function members({ reader }: Pick<Survey, 'reader'>, collection: string): Promise<readonly Reading[]> {
  const readings: Reading[] = [];
  for (const { uri } of membersOf(await reader.get(collection)).slice(0, MEMBERS)) readings.push(await reader.get(uri));
  return readings;
}
