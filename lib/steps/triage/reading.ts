import type { EvidenceClass } from '../../model/effect.js';
import { isConnectionLost, RedfishError, type RedfishCode } from '../../redfish/errors.js';
import { at, membersOf, pageProblemOf } from '../../redfish/json.js';
import { isErrorBody } from '../../redfish/messages.js';
import { pageAfter } from '../../redfish/pages.js';
import type { Answer } from '../../redfish/types.js';
import type { Get } from '../recording.js';
import { expanded } from './expand.js';

/** Something that was not read. */
export interface Gap {
  readonly class: EvidenceClass | null;
  readonly uri: string | null;
  readonly code: GapCode;
}

export type GapCode =
  | RedfishCode
  | `HTTP_${number}`
  /** The status says success, and the body is an error. */
  | 'ERROR_BODY'
  /** A collection without `Members`. */
  | 'NO_MEMBERS'
  | 'NOT_ADVERTISED'
  | 'OUT_OF_READS'
  | 'TOO_MANY_MEMBERS'
  | 'TOO_MANY_PAGES'
  | 'COUNT_DIFFERS'
  | 'NEXT_PAGE_ELSEWHERE'
  | 'MEMBERS_NOT_INLINE';

/** One triage under way. */
export interface Round {
  readonly get: Get;
  /** What was read already: managers link to logs of systems, and the same collection serves two looks. */
  readonly seen: Map<string, Answer | RedfishCode>;
  readonly gaps: Gap[];
  reads: number;
  /** The query that shows members with their collection; null when this BMC has none that can be trusted. */
  expand: string | null;
  expandProven: boolean;
}

/** A member of a collection, read alone or with it. */
export type Member = Pick<Answer, 'uri' | 'json'>;

/** All of a triage: at 0.3 s each, 75 s. Real BMCs need 40 to 90. */
const READS = 250;
/** Of one collection. */
const MEMBERS = 64;
const PAGES = 4;

export function startRound(get: Get): Round {
  return { get, seen: new Map(), gaps: [], reads: 0, expand: null, expandProven: false };
}

/** A resource that must be there: anything but a 200 with a resource in it is a gap in `of`. */
export async function document(round: Round, uri: string | null, of: EvidenceClass | null): Promise<Answer | null> {
  const answer = await read(round, uri, of);
  const code = answer === null ? null : flawOf(answer);
  if (code !== null) round.gaps.push({ class: of, uri, code });
  return code === null ? answer : null;
}

/** The members of a collection that answered 200. One that is gone between list and read leaves no gap. */
export async function collection(round: Round, uri: string | null, of: EvidenceClass): Promise<readonly Member[]> {
  const pages = await readPages(round, uri, of, PAGES);
  const links = [...new Set(pages.flatMap((page) => membersOf(page).map((member) => member.uri)))];
  const [first, second] = pages;
  const together = first === undefined || second !== undefined ? null : await expanded(round, first, links);
  if (together !== null) return together;
  if (links.length > MEMBERS) round.gaps.push({ class: of, uri, code: 'TOO_MANY_MEMBERS' });
  const members: Answer[] = [];
  for (const link of links.slice(0, MEMBERS)) {
    const member = await read(round, link, of);
    if (member === null || member.status === 404 || member.status === 410) continue;
    const code = flawOf(member);
    if (code === null) members.push(member);
    else round.gaps.push({ class: of, uri: link, code });
  }
  return members;
}

/** A collection page by page; it says itself how many members there are, and fewer is a gap. */
export async function readPages(round: Round, uri: string | null, of: EvidenceClass, most: number): Promise<Answer[]> {
  const pages: Answer[] = [];
  let next = uri;
  do {
    const page = await document(round, next, of);
    if (page === null) return pages;
    pages.push(page);
    next = pageAfter(pages);
  } while (next !== null && pages.length < most && !pages.some((page) => page.uri === next));
  const problem = pages.map(pageProblemOf).find((found) => found !== null);
  if (next !== null) round.gaps.push({ class: of, uri: next, code: 'TOO_MANY_PAGES' });
  else if (problem !== undefined) round.gaps.push({ class: of, uri, code: problem });
  else if (tooFew(pages)) round.gaps.push({ class: of, uri, code: 'COUNT_DIFFERS' });
  return pages;
}

/** A read that may fail without leaving a gap; null when it brought no answer. */
export async function peek(round: Round, uri: string): Promise<Answer | null> {
  const answer = await once(round, uri);
  return typeof answer === 'string' ? null : answer;
}

function tooFew(pages: readonly Answer[]): boolean {
  const [first] = pages;
  const count = at(first?.json ?? undefined, 'Members@odata.count');
  const members = new Set(pages.flatMap((page) => membersOf(page).map(({ uri }) => uri)));
  return typeof count === 'number' && count > members.size;
}

function flawOf({ status, json, unread }: Answer): GapCode | null {
  if (status !== 200) return `HTTP_${status}`;
  if (isErrorBody(json)) return 'ERROR_BODY';
  return json === null ? (unread ?? 'NOT_JSON') : null;
}

/** One read, once per URI and triage. Null, and a gap, when there was no answer. */
async function read(round: Round, uri: string | null, of: EvidenceClass | null): Promise<Answer | null> {
  const answer = uri === null ? 'NOT_ADVERTISED' : await once(round, uri);
  if (typeof answer !== 'string') return answer;
  round.gaps.push({ class: of, uri, code: answer });
  return null;
}

/** The answer, now or from before, or why there is none. */
async function once(round: Round, uri: string): Promise<Answer | RedfishCode | 'OUT_OF_READS'> {
  const known = round.seen.get(uri);
  if (known !== undefined) return known;
  if (round.reads >= READS) return 'OUT_OF_READS';
  round.reads += 1;
  try {
    const answer = await round.get(uri);
    round.seen.set(uri, answer);
    return answer;
  } catch (error) {
    if (!(error instanceof RedfishError) || isConnectionLost(error)) throw error;
    round.seen.set(uri, error.code);
    return error.code;
  }
}
