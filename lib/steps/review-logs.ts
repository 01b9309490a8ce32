import type { Kept } from '../evidence/kept.js';
import { vendorOf } from '../redfish/vendors/vendors.js';
import { StepError } from './error.js';
import { finding, quoted, traced, type Proposal, type Survey } from './planning.js';
import { clockOffset, judgeClocks, judgeDates } from './review-logs/clock.js';
import { judgeEvents } from './review-logs/events.js';
import { judgeBreakGlass } from './review-logs/break-glass.js';
import { bounded, lead, type Lead } from './review-logs/lead.js';
import { readLogs, type Log, type Unread } from './review-logs/logs.js';
import { lookInto, type Seen } from './review-logs/look.js';
import { judgeNumbers } from './review-logs/numbering.js';
import { judgeAccountChanges, judgeGuessing, judgeStrangers } from './review-logs/people.js';
import { whatTheSiteKnows, type Known } from './review-logs/site.js';

/**
 * What the BMC's own logs say of the time before we came, and what they no longer say. Judges what is captured, and reads over the wire only what is
 * not: the first page of a log, and how the BMC sees our session. Changes nothing; a log can be forged by whoever owns the BMC, so all of it is leads.
 */
export async function reviewLogs(survey: Survey, list: () => Promise<Kept>): Promise<Proposal> {
  const kept = await list();
  const look = lookInto(kept, survey.reader);
  const root = await look.at('/redfish/v1');
  if (root === null) throw new StepError('UNREADABLE', '/redfish/v1 answers with no service root; nothing can be said of its logs');
  const vendor = vendorOf(root.json);
  const known = await whatTheSiteKnows(survey, kept);
  const { logs, managers, unread } = await readLogs(look, root, vendor);
  const clock = managers.map((manager) => clockOffset(manager)).find((offset) => offset !== null) ?? null;
  const leads = [
    ...(vendor.name === 'generic' ? [unknownVendor(root, logs)] : []),
    ...unread.map(notRead),
    ...judgeClocks(managers),
    ...judge(survey, logs, known, clock),
  ];
  return { findings: bounded(leads).map((one) => asFinding(survey, one)), operations: [] };
}

function judge({ target }: Survey, logs: readonly Log[], known: Known, clock: number | null): readonly Lead[] {
  const offsets = new Map(logs.map((log) => [log, clockOffset(log.service) ?? clock]));
  // Who did what, before what happened to the server: a stranger is told where he shows best.
  const inOrder = logs.toSorted((a, b) => Number(a.facts.role !== 'audit') - Number(b.facts.role !== 'audit'));
  const foreign = inOrder.flatMap((log) => log.records.filter((record) => !known.isOurs(record, offsets.get(log) ?? 0)));
  return [
    ...logs.flatMap((log) => [...judgeNumbers(log), ...judgeDates(log, offsets.get(log) ?? null)]),
    ...judgeStrangers(foreign, known),
    ...judgeAccountChanges(foreign, known),
    ...judgeGuessing(foreign),
    ...judgeBreakGlass(foreign, target),
    ...judgeEvents(foreign),
  ];
}

/** Less is known of it, and the report must not read as if all had been looked at. */
function unknownVendor(root: Seen, logs: readonly Log[]): Lead {
  const unjudged = logs.filter(({ numbering }) => numbering.rule !== 'contiguous').map(({ uri }) => uri.split('/').at(-1) ?? '');
  const numbers = unjudged.length === 0 ? '' : `; the numbering of ${unjudged.slice(0, 8).map(quoted).join(', ')} could not be judged`;
  const advice = `this version does not know the maker of this BMC, or it contradicts itself${numbers}; message ids of its own were not understood: read its logs by hand`;
  return lead('VENDOR_UNKNOWN', { uri: root.uri, evidence: root.capture }, advice);
}

function notRead({ uri, why, shown }: Unread): Lead {
  return lead('LOG_UNREADABLE', { uri, evidence: shown.capture }, `${uri} was not judged: ${why}; read it by hand`);
}

function asFinding(survey: Survey, { code, uri, evidence, advice, trace }: Lead): Proposal['findings'][number] {
  const found = finding(survey, code, { uri, capture: evidence }, advice);
  return trace === undefined ? found : traced(found, trace.kind, trace.value);
}
