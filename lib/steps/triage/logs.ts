import { classOf, logOf } from '../../redfish/evidence-class.js';
import { linkAt, membersOf } from '../../redfish/json.js';
import { AUDIT_LOGS, NO_LOGS, VOLATILE_LOGS } from '../../redfish/vendors/facts.js';
import { document, readPages, type Round } from './reading.js';

/** Of one triage, over all managers and systems. */
const LOGS = 12;
/** The newest records of a log that will still be there when the full capture comes. */
const FIRST_PAGES = 1;
/** A volatile log is read to its end, within reason. */
const ALL_PAGES = 20;

/** Reads the logs of these log-service collections: those of who did what first, and the volatile ones whole. */
export async function readLogs(round: Round, collections: readonly string[]): Promise<void> {
  const services: string[] = [];
  for (const uri of collections) {
    const pages = await readPages(round, uri, 'logs', FIRST_PAGES);
    services.push(...pages.flatMap((page) => membersOf(page).map((member) => member.uri)));
  }
  const logs = [...new Set(services)].filter((uri) => !NO_LOGS.has(logOf(uri) ?? '')).sort((a, b) => rank(a) - rank(b));
  for (const uri of logs.slice(LOGS))
    if (classOf(uri) === 'volatile-logs') round.gaps.push({ class: 'volatile-logs', uri, code: 'OUT_OF_READS' });
  for (const uri of logs.slice(0, LOGS)) await readLog(round, uri);
}

async function readLog(round: Round, uri: string): Promise<void> {
  const volatile = VOLATILE_LOGS.has(logOf(uri) ?? '');
  const of = volatile ? 'volatile-logs' : 'logs';
  const service = await document(round, uri, of);
  if (service === null) return;
  const pages = await readPages(round, linkAt(service, 'Entries'), of, volatile ? ALL_PAGES : FIRST_PAGES);
  // Records as mere links would be one read each: the full capture follows them.
  if (volatile && pages.some((page) => membersOf(page).some((entry) => !entry.inline)))
    round.gaps.push({ class: of, uri, code: 'MEMBERS_NOT_INLINE' });
}

function rank(uri: string): number {
  const place = AUDIT_LOGS.indexOf(logOf(uri) ?? '');
  return place < 0 ? AUDIT_LOGS.length : place;
}
