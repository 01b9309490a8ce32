import type { Kept } from '../../evidence/kept.js';
import type { Finding } from '../../model/finding.js';
import { vendorOf } from '../../redfish/vendors/vendors.js';
import { StepError } from '../error.js';
import { finding, type Survey } from '../planning.js';
import { clockOffset } from '../review-logs/clock.js';
import { readLogs, type ShownRecord } from '../review-logs/logs.js';
import { lookInto } from '../review-logs/look.js';
import { whatTheSiteKnows } from '../review-logs/site.js';
import type { Reading } from '../reader.js';
import type { Trace } from './match.js';

/** A trace, and the resource and capture that show it. */
export interface Shown {
  readonly at: Pick<Reading, 'uri' | 'capture'>;
  /** For people, as `the account`. */
  readonly what: string;
  readonly trace: Trace;
}

/** Who did what from where by the BMC's own logs, newest first and without what we did ourselves. What its owner deleted shows nowhere else. */
export async function logTraces(
  survey: Survey,
  kept: Kept,
): Promise<{ readonly shown: readonly Shown[]; readonly unread: readonly Finding[] }> {
  const look = lookInto(kept, survey.reader);
  const root = await look.at('/redfish/v1');
  if (root === null) throw new StepError('UNREADABLE', '/redfish/v1 answers with no service root; nothing can be said of its logs');
  const known = await whatTheSiteKnows(survey, kept);
  const { logs, managers, unread } = await readLogs(look, root, vendorOf(root.json));
  const clock = managers.map((manager) => clockOffset(manager)).find((offset) => offset !== null) ?? 0;
  const foreign = logs.flatMap(({ records, service }) => records.filter((one) => !known.isOurs(one, clockOffset(service) ?? clock)));
  return {
    shown: foreign.toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0)).flatMap(tracesOf),
    unread: unread.map(({ uri, why, shown }) =>
      finding(survey, 'LOG_UNREADABLE', { uri, capture: shown.capture }, `${uri} was not searched: ${why}; read it by hand`),
    ),
  };
}

/** A log is told by its page: a record may have no resource of its own. */
function tracesOf({ user, address, message, page, evidence }: ShownRecord): readonly Shown[] {
  const at = { uri: page.split('?')[0] ?? page, capture: evidence };
  return [
    ...(user === null ? [] : [{ at, what: 'somebody in the log,', trace: { kind: 'account', text: user } as const }]),
    ...(address === null ? [] : [{ at, what: 'an address in the log,', trace: { kind: 'address', text: address } as const }]),
    ...(message === '' ? [] : [{ at, what: 'a record of the log,', trace: { kind: 'message', text: message } as const }]),
  ];
}
