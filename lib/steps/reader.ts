import type { Series } from '../evidence/types.js';
import type { Digest } from '../model/json.js';
import type { Answer, Connection } from '../redfish/types.js';
import { getOrStageFailure, stageAnswer } from './recording.js';

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
      const answer = await getOrStageFailure(connection, series, purpose, uri);
      const capture = await stageAnswer(series, purpose, answer);
      if (capture === null) throw new RangeError(`the series kept no body for the answer of ${uri}`);
      return { ...answer, capture };
    },
  };
}
