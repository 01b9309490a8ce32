import type { Json } from '../lib/model/json.js';
import { digest } from '../lib/model/json.js';
import { enroll } from '../lib/steps/enroll.js';
import { inspect } from '../lib/steps/inspect.js';
import { inspectOverIpmi } from '../lib/steps/ipmi/inspect.js';
import type { Enrolment } from '../lib/model/enrolment.js';
import type { EnrollInput, InspectInput, ReadInput, ReadPiece } from '../workflows/messages.js';
import { final } from './failures.js';
import { listed, loginTo } from './outside.js';
import { activity } from './run.js';
import { connectOverIpmi } from './connect.js';
import type { Zone } from './zone.js';

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
      const known = await listed(zone, input);
      if (known.target.protocol === 'ipmi') {
        const connection = await connectOverIpmi(zone, known.target, run.signal);
        return inspectOverIpmi(connection).finally(() => connection.close());
      }
      const { site, target } = known;
      const connection = await loginTo(zone, { site, target }, target.pin, run.signal);
      try {
        return await inspect(connection);
      } finally {
        await connection.close();
      }
    }),

    /** Who answers at a target's address, without a secret; with a key that a person has compared, and only to it, a login completes the identity. */
    enrollTarget: activity(async (input: EnrollInput, run): Promise<Enrolment> => {
      const { site, target } = await listed(zone, input);
      if (target.protocol === 'ipmi') throw final('NOT_OVER_IPMI', `${target.id} speaks IPMI, which has no key to enroll`);
      return enroll({ target, pin: input.pin, signal: run.signal, login: (pin) => loginTo(zone, { site, target }, pin, run.signal) });
    }),
  };
}
