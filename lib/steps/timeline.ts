import { stageOwn } from '../evidence/own-document.js';
import type { Series } from '../evidence/types.js';
import type { FindingCode } from '../model/finding.js';
import type { Digest, Id, Time } from '../model/json.js';

/** One record of a BMC's log that names something that was found on it. All of it is the BMC's word. */
export interface TimelineRow {
  /** By the BMC's clock; null where it gave no date. */
  readonly at: Time | null;
  /** The log's entries, the one that tells it, and the capture that shows that. */
  readonly log: string;
  readonly record: string;
  readonly capture: Digest<'capture'>;
  readonly event: string | null;
  readonly who: string | null;
  readonly from: string | null;
  readonly interface: string | null;
  /** Stripped and bounded. */
  readonly message: string;
  /** What was found, where, and the finding of which this tells. */
  readonly code: FindingCode;
  readonly uri: string;
  readonly finding: Digest<'finding'>;
}

/** Puts the timeline of a target into its evidence, as one JSON document of our own. The caller commits. */
export async function keepTimeline(series: Pick<Series, 'stage'>, target: Id<'target'>, rows: readonly TimelineRow[]): Promise<void> {
  if (rows.length === 0) return;
  const json = { type: 'cofferdam/timeline', version: 1, target, rows };
  await stageOwn(series, { purpose: 'timeline', name: 'timeline', text: `${JSON.stringify(json, null, 2)}\n`, json });
}
