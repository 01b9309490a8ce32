import type { Json } from '../lib/model/json.js';
import { digest } from '../lib/model/json.js';
import { inspect } from '../lib/steps/inspect.js';
import { inspectOverIpmi } from '../lib/steps/ipmi/inspect.js';
import { loadSite } from '../lib/site/load.js';
import { checkTrustRoot } from '../lib/site/trust-root.js';
import type { InspectInput, ReadInput, ReadPiece } from '../workflows/messages.js';
import { final } from './failures.js';
import { activity } from './run.js';
import { connectOverIpmi, connectTo, type Zone } from './zone.js';

/** So that a piece, in base64 and sealed, stays under what may travel through the engine. */
const PIECE_BYTES = 36_000;

/** Reading on behalf of a desk that has neither the zone's disk nor its secrets. */
export function createReadActivities(zone: Zone) {
  return {
    /** One piece of a stored plan, page, index or finding. */
    readObject: activity(async (input: ReadInput): Promise<ReadPiece> => {
      const bytes = await zone.objects.bytes(digest(input.digest));
      return { base64: Buffer.from(bytes.subarray(input.offset, input.offset + PIECE_BYTES)).toString('base64'), total: bytes.length };
    }),

    /** What one BMC says of itself, by reads only; nothing is stored. */
    inspectTarget: activity(async (input: InspectInput, run): Promise<Json> => {
      const site = await loadSite(zone.siteDir);
      await checkTrustRoot(site, zone.config.trustRoot);
      const target = site.inventory.targets.find(({ id }) => id === input.target && zone.id === input.zone);
      if (target === undefined) throw final('UNKNOWN_TARGET', `${input.target} is not in the inventory of this zone’s worker`);
      if (target.protocol === 'ipmi') {
        const connection = await connectOverIpmi(zone, target, run.signal);
        return inspectOverIpmi(connection).finally(() => connection.close());
      }
      const connection = await connectTo(zone, null, target, 'read-only', run.signal);
      try {
        return await inspect(connection);
      } finally {
        await connection.close();
      }
    }),
  };
}
