import type { Random } from '../random.js';
import { VENDORS } from '../vendors.js';
import { Shelf } from './shelf.js';
import { skeleton, type Profile } from './skeleton.js';

/** About thirty resources of no particular maker, for fleets of a thousand. It wants If-Match on every PATCH. */
export function small(random: Random): Profile {
  return skeleton(
    new Shelf(VENDORS.generic),
    {
      vendor: VENDORS.generic,
      product: 'Small BMC',
      manufacturer: 'Drill',
      system: '1',
      chassis: '1',
      manager: '1',
      firmware: '1.0.0',
      sessionTimeout: 300,
      root: {},
      managerFields: {},
      systemFields: {},
      chassisFields: {},
      logs: [{ under: 'manager', id: 'Audit', entries: 5, first: 1, most: 200 }],
      firmwareInventory: 1,
    },
    random,
  );
}
