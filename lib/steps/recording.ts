import type { CaptureFailure, Series, Staged } from '../evidence/types.js';
import { time, type Digest, type Time } from '../model/json.js';
import { RedfishError, type RedfishCode } from '../redfish/errors.js';
import { classOf } from '../redfish/evidence-class.js';
import type { Answer, Connection } from '../redfish/types.js';

/** What a step reads through. */
export type Get = Connection['get'];

/** Errors that say nothing about the BMC. */
const OURS: ReadonlySet<RedfishCode> = new Set<RedfishCode>(['ABORTED', 'CLOSED', 'BAD_URI', 'READ_ONLY']);
/** Errors from before the peer showed the pinned key. */
const NO_PEER: ReadonlySet<RedfishCode> = new Set<RedfishCode>(['UNREACHABLE', 'TLS_FAILED', 'PIN_MISMATCH', 'CA_MISMATCH', 'NO_TRUST']);

/** Reads like the connection does, and stages every answer, and every failure that says something about the BMC, as evidence. The caller commits. */
export function recordingGet(connection: Pick<Connection, 'get' | 'peer'>, series: Pick<Series, 'stage'>, purpose: string): Get {
  return async (uri) => {
    const answer = await getOrStageFailure(connection, series, purpose, uri);
    await stageAnswer(series, purpose, answer);
    return answer;
  };
}

/** Reads without staging the answer; a failure that says something about the BMC is staged and thrown. */
export async function getOrStageFailure(
  connection: Pick<Connection, 'get' | 'peer'>,
  series: Pick<Series, 'stage'>,
  purpose: string,
  uri: string,
): Promise<Answer> {
  const startedAt = time(Date.now());
  try {
    return await connection.get(uri);
  } catch (error) {
    await stageIfTelling(connection, series, { purpose, class: classOf(uri) }, { uri, startedAt, error });
    throw error;
  }
}

/** Null never comes back for a whole answer: the digest of its capture does. */
export async function stageAnswer(series: Pick<Series, 'stage'>, purpose: string, answer: Answer): Promise<Digest<'capture'> | null> {
  return series.stage({ purpose, class: classOf(answer.uri), answer });
}

/**
 * Reads a file into the evidence, as a stream, and commits it; returns the status, since an error answer is evidence too. A failure that says
 * something about the BMC is evidence as well, and thrown.
 */
export async function keepFile(
  connection: Pick<Connection, 'download' | 'peer'>,
  series: Pick<Series, 'stage' | 'commit'>,
  purpose: string,
  uri: string,
): Promise<number> {
  const startedAt = time(Date.now());
  try {
    const file = await connection.download(uri);
    await series.stage({ purpose, class: 'dumps', file });
    return file.status;
  } catch (error) {
    await stageIfTelling(connection, series, { purpose, class: 'dumps' }, { uri, startedAt, error });
    throw error;
  } finally {
    await series.commit();
  }
}

async function stageIfTelling(
  { peer }: Pick<Connection, 'peer'>,
  series: Pick<Series, 'stage'>,
  of: Pick<Staged, 'purpose' | 'class'>,
  { uri, startedAt, error }: { readonly uri: string; readonly startedAt: Time; readonly error: unknown },
): Promise<void> {
  if (!(error instanceof RedfishError) || OURS.has(error.code)) return;
  const failure = { uri, code: error.code, startedAt, endedAt: time(Date.now()), peer: NO_PEER.has(error.code) ? null : peer };
  await series.stage({ ...of, failure });
}

export async function stageFailure(series: Pick<Series, 'stage'>, purpose: string, failure: CaptureFailure): Promise<void> {
  await series.stage({ purpose, class: classOf(failure.uri), failure });
}
