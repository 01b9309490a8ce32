import { ApplicationFailure } from '@temporalio/activity';
import type { SealRef } from '../lib/evidence/format.js';
import type { Position, Series } from '../lib/evidence/types.js';
import type { TargetInput } from '../lib/model/work.js';
import { captureSlice, sealLongBag, type CaptureSlice } from '../lib/steps/capture.js';
import { captureOverIpmi } from '../lib/steps/ipmi/capture.js';
import { triageOverIpmi } from '../lib/steps/ipmi/triage.js';
import { triage } from '../lib/steps/triage.js';
import { isEnforcer, withEnforcer } from './enforcers.js';
import { activity } from './run.js';
import { unlessStalled } from './stalls.js';
import { withTarget } from './held.js';
import type { Zone } from './zone.js';

/** The next slice starts after this pause, so that whoever waits for the target's lock gets it in between. */
const BETWEEN_SLICES = '200ms';

/**
 * Short enough that whoever waits for the target is not kept from it (work waits two minutes for its lock), long enough that logins stay few:
 * each slice is a login and a logout, and both are rows in the BMC's own log.
 */
const SLICE = { sliceMs: 45_000, sliceReads: 4_000 };

/** Reading and sealing. */
export function createCaptureActivities(zone: Zone) {
  return {
    /** What dies first, read and sealed in one piece of work. */
    triageTarget: activity(async (input: TargetInput, run): Promise<SealRef | null> =>
      withTarget(zone, input, 'triage', run.signal, async (held) => {
        const { series } = held;
        await (held.protocol === 'ipmi' ? triageOverIpmi(await held.connect(), series) : triage(await held.connect('read-only'), series));
        await held.disconnect();
        return (await series.seal({ final: false, heads: null, atLeast: null })) ?? series.lastSeal;
      }),
    ),

    /**
     * One slice of the full capture. A slice that leaves something to do ends in a retryable failure: the server starts the next one,
     * the lock is free in between, and hours of reading cost the history one activity. The cursor lies in the zone's store.
     */
    captureSlice: activity(async (input: TargetInput, run): Promise<SealRef | null> =>
      withTarget(zone, input, 'capture', run.signal, async (held) => {
        const { series, signal, target } = held;
        const { root, crawl } = zone.layout.incident(input.case.incident).target(target.id);
        let slice: CaptureSlice | null = null;
        if (held.protocol === 'ipmi') await unlessStalled(root, async () => captureOverIpmi(await held.connect(), series));
        else {
          const connect = () => held.connect('read-only');
          slice = await unlessStalled(root, () => captureSlice({ connect, series, crawl, signal, limits: SLICE }));
        }
        await held.disconnect();
        if (slice?.done === false) {
          await sealLongBag(series);
          throw nextSlice(slice);
        }
        return (await series.seal({ final: false, heads: null, atLeast: null })) ?? series.lastSeal;
      }),
    ),

    /**
     * Seals what the series holds. Refused when the chain lacks the last position that the engine saw: evidence that once was there is gone.
     * A repetition finds the seal of the try before.
     */
    sealTarget: activity(async (input: TargetInput & { final: boolean; atLeast: Position | null }, run): Promise<SealRef | null> => {
      const { final, atLeast } = input;
      const sealIn = async (series: Series): Promise<SealRef | null> =>
        (await series.seal({ final, heads: null, atLeast })) ?? series.lastSeal;
      if (await isEnforcer(zone, input.case.incident, input.target))
        return withEnforcer(zone, input.case, input.target, 'seal', run.signal, sealIn);
      return withTarget(zone, input, 'seal', run.signal, async ({ series, witness }) => {
        // A carry-out that met a strange key or a refused login has left the looking to us.
        await witness();
        return sealIn(series);
      });
    }),
  };
}

function nextSlice({ fetched, remaining }: CaptureSlice): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'SLICE_ENDED',
    message: `${String(fetched)} read, ${String(remaining)} to go`,
    nextRetryDelay: BETWEEN_SLICES,
    category: 'BENIGN',
  });
}
