import type { CaptureFailure, Series } from '../evidence/types.js';
import { time, type Digest } from '../model/json.js';
import { classOf } from '../redfish/evidence-class.js';
import { RedfishError } from '../redfish/errors.js';
import type { Answer, Connection } from '../redfish/types.js';

/** An answer and the digest of the capture that shows it. */
export interface Reading extends Answer {
  readonly capture: Digest<'capture'>;
}

/** All that a planner can do to a target: look, and be on record for it. */
export interface Reader {
  get(uri: string): Promise<Reading>;
}

/** A reader whose every answer, of any status, and every failure is staged as evidence. The caller commits. */
export function recordingReader(connection: Pick<Connection, 'get' | 'peer'>, series: Pick<Series, 'stage'>, purpose: string): Reader {
  return {
    async get(uri) {
      const startedAt = time(Date.now());
      const answer = await connection.get(uri).catch(async (error: unknown) => {
        if (error instanceof RedfishError) await series.stage({ purpose, class: classOf(uri), failure: failureOf(uri, error, startedAt) });
        throw error;
      });
      const capture = await series.stage({ purpose, class: classOf(uri), answer });
      if (capture === null) throw new RangeError(`the series kept no body for the answer of ${uri}`);
      return { ...answer, capture };
    },
  };
}

function failureOf(uri: string, error: RedfishError, startedAt: CaptureFailure['startedAt']): CaptureFailure {
  return { uri, code: error.code, startedAt, endedAt: time(Date.now()), peer: null };
}
