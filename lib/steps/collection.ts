import { at, membersOf, pageProblemOf } from '../redfish/json.js';
import { isErrorBody } from '../redfish/messages.js';
import { pageAfter } from '../redfish/pages.js';
import { StepError } from './error.js';
import type { Reader, Reading } from './reader.js';

/** More members than any BMC has sessions, accounts or subscriptions; a hostile one is not followed further. */
const MEMBERS = 512;
const PAGES = 64;

export interface Collection {
  readonly uri: string;
  /** The first page, as evidence that the collection was read. */
  readonly first: Reading;
  readonly members: readonly string[];
}

/** The URIs of all members over all pages, in order and without repeats. Throws UNREADABLE rather than pass a part for the whole. */
export async function listMembers(reader: Reader, uri: string): Promise<Collection> {
  const members = new Set<string>();
  const first = await page(reader, uri);
  const pages = [first];
  for (let next: Reading | null = first; next !== null;) {
    for (const member of membersOf(next)) members.add(member.uri);
    const link = pageAfter(pages);
    if (members.size > MEMBERS || pages.length > PAGES)
      throw new StepError('UNREADABLE', `${uri} goes on for over ${String(MEMBERS)} members; look at this BMC by hand`);
    next = link === null || pages.some((read) => read.uri === link) ? null : await page(reader, link);
    if (next !== null) pages.push(next);
  }
  const count = at(first.json ?? undefined, 'Members@odata.count');
  if (typeof count === 'number' && count > members.size)
    throw new StepError('UNREADABLE', `${uri} counts ${String(count)} members and shows ${String(members.size)}; the others are not known`);
  return { uri, first, members: [...members] };
}

/** The members as they are now; those that went away between the list and the look are left out. */
export async function readMembers(reader: Reader, uri: string): Promise<readonly Reading[]> {
  const readings: Reading[] = [];
  for (const member of (await listMembers(reader, uri)).members) {
    const reading = await reader.get(member);
    if (isGone(reading.status)) continue;
    if (reading.status !== 200 || reading.json === null || isErrorBody(reading.json))
      throw new StepError('UNREADABLE', `${member} answered ${String(reading.status)}; nothing can be said of it`);
    readings.push(reading);
  }
  return readings;
}

export function isGone(status: number): boolean {
  return status === 404 || status === 410;
}

async function page(reader: Reader, uri: string): Promise<Reading> {
  const reading = await reader.get(uri);
  const problem = reading.status === 200 ? pageProblemOf(reading) : `status ${String(reading.status)}`;
  if (problem !== null || isErrorBody(reading.json))
    throw new StepError('UNREADABLE', `${uri} is no whole list (${problem ?? 'an error body'}); what it holds is not known`);
  return reading;
}
