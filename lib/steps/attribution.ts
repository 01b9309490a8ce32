import type { Kept } from '../evidence/kept.js';
import { logOf } from '../redfish/evidence-class.js';
import { textAt } from '../redfish/json.js';
import { AUDIT_LOGS } from '../redfish/vendors/facts.js';
import { vendorOf } from '../redfish/vendors/vendors.js';
import { quoted, type Survey } from './planning.js';
import type { Reading } from './reader.js';
import { clockOffset } from './review-logs/clock.js';
import { readLogs, type ShownRecord } from './review-logs/logs.js';
import { lookInto } from './review-logs/look.js';
import { dated, said } from './review-logs/people.js';
import { whatTheSiteKnows } from './review-logs/site.js';

/**
 * What others did according to the audit logs, newest first: logins and logouts are no changes. `logs` is what the logs are read from before the BMC
 * is asked: nothing of it when they shall be as they are now. Whoever owns the BMC can forge all of it.
 */
export async function foreignRecords(survey: Survey, root: Reading, kept: Kept, logs: Kept): Promise<readonly ShownRecord[]> {
  const seen = root.json === null ? null : { ...root, json: root.json };
  if (seen === null) return [];
  const known = await whatTheSiteKnows(survey, kept);
  const read = await readLogs(lookInto(logs, survey.reader), seen, vendorOf(root.json));
  const clock = read.managers.map((manager) => clockOffset(manager)).find((offset) => offset !== null) ?? 0;
  return (
    read.logs
      // By any maker's name for it: whose BMC this is it says itself.
      .filter(({ facts, uri }) => facts.role === 'audit' || AUDIT_LOGS.includes(logOf(uri) ?? ''))
      .flatMap(({ records, service }) => records.filter((record) => !known.isOurs(record, clockOffset(service) ?? clock)))
      .filter(({ event, address, user }) => CHANGES.has(event ?? 'unknown') && (address !== null || user !== null))
      // Many BMCs write whole seconds: of the same one, what stands later in the log is newer.
      .toReversed()
      .toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0))
  );
}

const CHANGES: ReadonlySet<string> = new Set(['account-changed', 'configuration', 'media', 'console', 'unknown']);

/** The records that name a thing: its address, the user or place that it holds, or its own name. */
export function recordsOf(records: readonly ShownRecord[], { uri, json }: Pick<Reading, 'uri' | 'json'>): readonly ShownRecord[] {
  const texts = NAMING.map((property) => textAt(json ?? undefined, property) ?? '');
  const names = [uri, ...texts, uri.split('/').at(-1) ?? ''].filter((name) => /[a-z]{3}/i.test(name)).map((name) => name.toLowerCase());
  return records.filter((record) => names.some((name) => isIn(withoutActor(record).toLowerCase(), name)));
}

const NAMING = ['UserName', 'Destination'];

/** Whoever did it is named as well, and is not what it was done to. */
function withoutActor({ message, user }: ShownRecord): string {
  return user === null ? message : message.replace(user, '');
}

/** Not as a part of a longer name. */
function isIn(message: string, name: string): boolean {
  const at = message.indexOf(name);
  return at >= 0 && !/[a-z0-9]/.test(message[at - 1] ?? '') && !/[a-z0-9]/.test(message[at + name.length] ?? '');
}

/** One record for people: what it says, who, from where, over what, and when. */
export function told(record: ShownRecord): string {
  const who = record.user === null ? '' : ` by ${quoted(record.user)}`;
  const from = record.address === null ? '' : ` from ${record.address}`;
  const over = interfaceOf(record);
  return `${said(record)}${who}${from}${over === null ? '' : ` over ${over}`}${dated(record)}`;
}

/** By which way it says that it was done. */
export function interfaceOf({ message }: Pick<ShownRecord, 'message'>): string | null {
  return (
    /\b(?:using|from|via|protocol:?) (redfish|webui|web|gui|racadm|ws-?man|ssh|ipmi|https?|cli|kcs|vkvm|snmp)\b/i
      .exec(message)?.[1]
      ?.toUpperCase() ?? null
  );
}
