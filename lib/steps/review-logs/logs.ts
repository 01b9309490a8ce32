import type { Digest, Json } from '../../model/json.js';
import { logOf } from '../../redfish/evidence-class.js';
import { at, isList, isObject, linkAt, membersOf, nextPageOf, textAt } from '../../redfish/json.js';
import { logRecord, numberingOf, type LogRecord } from '../../redfish/log-record.js';
import { NO_LOGS } from '../../redfish/vendors/facts.js';
import { unknownLog } from '../../redfish/vendors/generic.js';
import type { LogFacts, Numbering, Vendor } from '../../redfish/vendors/vendor.js';
import type { Look, Seen } from './look.js';

/** A record, and the capture that shows it. */
export interface ShownRecord extends LogRecord {
  readonly uri: string;
  readonly evidence: Digest<'capture'>;
  /** Page and place in it, which tells neighbours. */
  readonly page: string;
  readonly place: number;
}

/** One log as far as it was captured. */
export interface Log {
  readonly uri: string;
  readonly facts: LogFacts;
  readonly numbering: Numbering;
  readonly service: Seen;
  /** The newest page or, without any, the service: what shows that the log is so. */
  readonly shown: Seen;
  /** Oldest first. */
  readonly records: readonly ShownRecord[];
  /** Every record that it says it has is here. */
  readonly whole: boolean;
  /** How many it says it has. */
  readonly held: number;
}

/** A log that could not be judged, or only in part. */
export interface Unread {
  readonly uri: string;
  readonly why: string;
  readonly shown: Seen;
}

export interface Logs {
  readonly logs: readonly Log[];
  readonly unread: readonly Unread[];
  /** The managers, whose clocks the logs go by. */
  readonly managers: readonly Seen[];
}

/** Of one BMC: more log services than any has; of one log: records that are judged, and links to records that are read one by one. */
const SERVICES = 48;
const RECORDS = 100_000;
const LINKED = 50;

/** Every log below managers and systems, found from the service root; dumps and tokens are none. */
export async function readLogs(look: Look, root: Seen, vendor: Vendor): Promise<Logs> {
  const logs: Log[] = [];
  const unread: Unread[] = [];
  const managers = await listed(look, root, 'Managers');
  for (const uri of await servicesOf(look, [...managers, ...(await listed(look, root, 'Systems'))])) {
    const service = await look.at(uri);
    const read = service === null ? null : await readLog(look, service, vendor);
    if (read === null) unread.push({ uri, why: 'it answers with no log service or no records', shown: service ?? root });
    else logs.push(read);
  }
  if (logs.length === 0 && unread.length === 0) unread.push({ uri: root.uri, why: 'it offers no log over Redfish', shown: root });
  return { logs, managers, unread: [...unread, ...logs.filter(({ records, held }) => held > 0 && records.length === 0).map(mereLinks)] };
}

async function listed(look: Look, root: Seen, collection: string): Promise<readonly Seen[]> {
  const uri = linkAt(root, collection);
  const list = uri === null ? null : await look.at(uri);
  const members: Seen[] = [];
  for (const { uri: member } of list === null ? [] : membersOf(list).slice(0, SERVICES)) {
    const seen = await look.at(member);
    if (seen !== null) members.push(seen);
  }
  return members;
}

async function servicesOf(look: Look, owners: readonly Seen[]): Promise<readonly string[]> {
  const services = new Set<string>();
  for (const owner of owners) {
    const uri = linkAt(owner, 'LogServices');
    const list = uri === null ? null : await look.at(uri);
    for (const member of list === null ? [] : membersOf(list)) if (!NO_LOGS.has(logOf(member.uri) ?? '')) services.add(member.uri);
  }
  return [...services].slice(0, SERVICES);
}

async function readLog(look: Look, service: Seen, vendor: Vendor): Promise<Log | null> {
  const name = logOf(service.uri) ?? '';
  const entries = linkAt(service, 'Entries');
  if (entries === null) return null;
  const facts = vendor.logs.find((log) => log.name === name) ?? unknownLog(name);
  const taken = new Taken(look, facts);
  for await (const page of look.pages(entries)) await taken.add(page);
  const first = taken.newest === null ? await look.at(entries) : null;
  if (first !== null) await taken.add(first);
  const { newest, numbering } = taken;
  if (newest === null) return null;
  const records = inOrder(taken.records());
  const count = at(newest.json, 'Members@odata.count');
  const says = typeof count === 'number' && count >= 0 ? count : 0;
  const held = Math.max(says, records.length, spanOf(service, numbering));
  return { uri: service.uri, facts, numbering, service, shown: newest, records, whole: taken.isWhole && records.length >= says, held };
}

/** Records of one log, page by page: the newest capture of a record counts, since pages that were read at different times overlap. */
class Taken {
  readonly #look: Look;
  readonly #records = new Map<string, ShownRecord>();
  readonly #pages = new Set<string>();
  readonly #next = new Set<string>();
  numbering: Numbering;
  newest: Seen | null = null;

  constructor(look: Look, facts: LogFacts) {
    this.#look = look;
    this.numbering = facts.numbering;
  }

  async add(page: Seen): Promise<void> {
    this.newest = page;
    this.#pages.add(page.uri);
    const next = nextPageOf(page);
    if (next !== null) this.#next.add(next);
    const bodies = await entriesOf(this.#look, page);
    this.numbering = numberingOf(
      bodies.map(({ json }) => json),
      this.numbering,
    );
    for (const { json, ...shown } of bodies) {
      this.#records.delete(shown.uri);
      this.#records.set(shown.uri, { ...shown, ...logRecord(json, this.numbering) });
    }
  }

  /** No page leads to one that is not here. */
  get isWhole(): boolean {
    return [...this.#next].every((uri) => this.#pages.has(uri));
  }

  records(): readonly ShownRecord[] {
    return oldestFirst([...this.#records.values()]).slice(-RECORDS);
  }
}

/** An iDRAC shows its newest records first, others their oldest; told by what stands at both ends. */
function oldestFirst(records: readonly ShownRecord[]): readonly ShownRecord[] {
  const [first, last] = [records[0], records.at(-1)];
  const fallsBy = (value: (record: ShownRecord) => number | null): number => {
    const [begins, ends] = [first, last].map((record) => (record === undefined ? null : value(record)));
    return typeof begins === 'number' && typeof ends === 'number' ? begins - ends : 0;
  };
  const falls = fallsBy(({ number }) => number) || fallsBy(({ at: when }) => when);
  return falls > 0 ? records.toReversed() : records;
}

interface Body extends Pick<ShownRecord, 'uri' | 'evidence' | 'page' | 'place'> {
  readonly json: Json;
}

/** The records of a page: whole ones, and some of those that are mere links. */
async function entriesOf(look: Look, page: Seen): Promise<Body[]> {
  const members = at(page.json, 'Members');
  const bodies: Body[] = [];
  let linked = 0;
  for (const [place, json] of (isList(members) ? members : []).entries()) {
    const link = textAt(json, '@odata.id');
    const uri = linkAt({ uri: page.uri, json: { entry: json } }, 'entry') ?? page.uri;
    if (isObject(json) && Object.keys(json).length > 1) bodies.push({ uri, json, evidence: page.capture, page: page.uri, place });
    else if (link !== undefined && (linked += 1) <= LINKED) {
      const entry = await look.at(uri);
      if (entry !== null) bodies.push({ uri, json: entry.json, evidence: entry.capture, page: page.uri, place });
    }
  }
  return bodies;
}

/** By number, where every record has one, else by date, else as they stand; folded repetitions count for the record before. */
function inOrder(records: readonly ShownRecord[]): readonly ShownRecord[] {
  const numbered = records.every(({ number }) => number !== null);
  const key = ({ number, at: date }: ShownRecord): number => (numbered ? number : date) ?? 0;
  const sorted = records.toSorted((a, b) => key(a) - key(b));
  return sorted.map((record, n) => {
    const next = sorted[n + 1];
    return next?.event === 'repeated' ? { ...record, count: record.count + next.count } : record;
  });
}

function spanOf(service: Seen, { span }: Numbering): number {
  const [first, last] = (span ?? []).map((path) => at(service.json, ...path));
  return typeof first === 'number' && typeof last === 'number' && last >= first ? last - first + 1 : 0;
}

function mereLinks({ uri, shown }: Log): Unread {
  return { uri, why: 'its records could not be read', shown };
}
