import type { Finding } from '../../model/finding.js';
import { time } from '../../model/json.js';
import { digestOf } from '../../trust/canonical.js';
import { interfaceOf, recordsOf, told } from '../attribution.js';
import type { Proposal, Survey } from '../planning.js';
import type { Reader, Reading } from '../reader.js';
import type { ShownRecord } from '../review-logs/logs.js';
import type { TimelineRow } from '../timeline.js';

/** Rows about one finding: the oldest tell who made it. */
const ROWS = 20;

/**
 * Adds to each finding who made the thing, when, from where and over what, as far as the BMC's own logs name it, and puts those records into the
 * target's timeline. The order of a log says nothing of a thing that it does not name: then nobody is named.
 */
export async function attribute(
  survey: Survey,
  root: Reading,
  proposal: Proposal,
  list: () => Promise<readonly ShownRecord[]>,
): Promise<Proposal> {
  if (proposal.findings.every(({ severity }) => severity === 'info')) return proposal;
  const records = await list();
  const findings: Finding[] = [];
  const timeline: TimelineRow[] = [];
  for (const one of proposal.findings) {
    const mine = one.severity === 'info' || one.uri === root.uri ? [] : recordsOf(records, await readAgain(survey.reader, one.uri));
    const [first] = mine.slice(-1);
    const found = first === undefined ? one : { ...one, advice: `${one.advice}. By its own log: ${told(first)}` };
    findings.push(found);
    timeline.push(...mine.slice(-ROWS).map((record) => rowOf(found, record)));
  }
  return { ...proposal, findings, timeline: timeline.toSorted((a, b) => (a.at ?? '').localeCompare(b.at ?? '')) };
}

/** Whoever reads each resource once has it. */
async function readAgain(reader: Reader, uri: string): Promise<Pick<Reading, 'uri' | 'json'>> {
  const { json } = await reader.get(uri);
  return { uri, json };
}

function rowOf(found: Finding, record: ShownRecord): TimelineRow {
  const { at, uri, event, user, address, message, page, evidence } = record;
  return {
    at: at === null ? null : time(at),
    log: page.split('?')[0] ?? page,
    record: uri,
    capture: evidence,
    event,
    who: user,
    from: address,
    interface: interfaceOf(record),
    message,
    code: found.code,
    uri: found.uri,
    finding: digestOf<'finding'>(found),
  };
}
