import type { Claim } from '../model/operation.js';
import { downloadPath } from '../redfish/download-path.js';
import { linkAt, membersOf, textAt } from '../redfish/json.js';
import { JOB_QUEUES } from '../redfish/vendors/dumps.js';
import { isGone, listMembers } from '../steps/collection.js';
import type { Reader, Reading } from '../steps/reader.js';

/** What can bear witness to an act, as the BMC shows it now. */
export interface Witnesses {
  /** URIs of tasks and jobs; null when the BMC lists neither. The same job may stand in two queues. */
  readonly tasks: readonly string[] | null;
  /** The entries of the log service that the action belongs to; null when it belongs to none. */
  readonly entries: readonly Entry[] | null;
}

export interface Entry {
  readonly uri: string;
  /** As the BMC writes it. It is compared with itself only: BMCs that overwrite a slot give the new entry the old one's URI. */
  readonly created: string | null;
  /** `DiagnosticDataType`. */
  readonly kind: string | null;
  /** Path of its attachment. */
  readonly file: string | null;
}

/** Services hold a handful of dumps; of the entries of a longer one only the URIs are looked at. */
const LOOKED_INTO = 64;

/** Throws UNREADABLE when a list that the BMC links to cannot be read to its end: what was not seen before could not be told from what is new. */
export async function witnessesNow(reader: Reader, action: string): Promise<Witnesses> {
  return { tasks: await tasksNow(reader), entries: await entriesNow(reader, action) };
}

/** What a claim remembers of them. */
export function seenOf({ tasks, entries }: Witnesses): Claim['seen'] {
  return {
    ...(tasks === null ? {} : { task: tasks }),
    ...(entries === null ? {} : { 'log-entry': entries.flatMap(namesOf) }),
  };
}

/** The entries that the claim had not seen. */
export function freshEntries({ entries }: Pick<Witnesses, 'entries'>, seen: Claim['seen']): readonly Entry[] {
  const known = new Set(seen['log-entry']);
  const dated = new Set([...known].map((name) => name.split(' ')).flatMap(([uri = '', ...rest]) => (rest.length > 0 ? [uri] : [])));
  return (entries ?? []).filter((entry) => {
    const [name, withTime] = namesOf(entry);
    return !known.has(name ?? '') || (withTime !== undefined && dated.has(entry.uri) && !known.has(withTime));
  });
}

function namesOf({ uri, created }: Entry): string[] {
  return created === null ? [uri] : [uri, `${uri} ${created}`];
}

async function tasksNow(reader: Reader): Promise<readonly string[] | null> {
  const root = await reader.get('/redfish/v1');
  const queues = [await queueOf(reader, root, 'Tasks', 'Tasks'), await queueOf(reader, root, 'JobService', 'Jobs')];
  const managers = linkAt(root, 'Managers');
  for (const { uri } of managers === null ? [] : membersOf(await reader.get(managers)).slice(0, MANAGERS)) {
    const manager = await reader.get(uri);
    queues.push(...JOB_QUEUES.map((path) => linkAt(manager, ...path)));
  }
  const known = [...new Set(queues.filter((queue) => queue !== null))];
  const tasks: string[] = [];
  for (const queue of known) tasks.push(...(await listMembers(reader, queue)).members);
  return known.length === 0 ? null : [...new Set(tasks)];
}

const MANAGERS = 8;

async function queueOf(reader: Reader, root: Reading, service: string, collection: string): Promise<string | null> {
  const uri = linkAt(root, service);
  return uri === null ? null : linkAt(await reader.get(uri), collection);
}

async function entriesNow(reader: Reader, action: string): Promise<readonly Entry[] | null> {
  const service = /^(.*\/LogServices\/[^/]+)\//i.exec(action)?.[1];
  const collection = service === undefined ? null : linkAt(await reader.get(service), 'Entries');
  if (collection === null) return null;
  const { members } = await listMembers(reader, collection);
  if (members.length > LOOKED_INTO) return members.map((uri) => ({ uri, created: null, kind: null, file: null }));
  const entries: Entry[] = [];
  for (const uri of members) {
    const entry = await reader.get(uri);
    if (!isGone(entry.status)) entries.push(entryOf(entry));
  }
  return entries;
}

function entryOf({ uri, json }: Reading): Entry {
  const body = json ?? undefined;
  const file = textAt(body, 'AdditionalDataURI');
  return {
    uri,
    created: textAt(body, 'Created')?.slice(0, 64) ?? null,
    kind: textAt(body, 'DiagnosticDataType') ?? null,
    file: file === undefined ? null : downloadPath(file),
  };
}
