import type { Id } from '../lib/model/json.js';
import { openLeases } from '../lib/store/leases.js';
import type { FreezeAnswer, FreezeInput } from '../workflows/messages.js';
import { listed } from './outside.js';
import { activity } from './run.js';
import type { Zone } from './zone.js';

/** So that a page, sealed, stays under what may travel through the engine. */
const PAGE = 200;

/** What is frozen, for who asks. */
export function createFreezeActivities(zone: Zone) {
  const leases = openLeases(zone.layout.leases);

  async function one(target: Id<'target'>, wanted: Id<'zone'>): Promise<FreezeAnswer> {
    const found = await leases.look(target);
    // Of a target that this zone does not know nobody here can say that it is free.
    if (found === null) await listed(zone, { zone: wanted, target });
    return { frozen: found === null ? [] : [found], more: false };
  }

  return {
    /** One target, which must be of this zone, or a page of all that are frozen. */
    readLeases: activity(async ({ zone: wanted, target, after }: FreezeInput): Promise<FreezeAnswer> => {
      if (target !== null) return one(target, wanted);
      const rest = (await leases.list()).filter((frozen) => after === null || frozen.target > after);
      return { frozen: rest.slice(0, PAGE), more: rest.length > PAGE };
    }),
  };
}
