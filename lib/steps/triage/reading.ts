import type { EvidenceClass } from '../../model/effect.js';
import { isConnectionLost, RedfishError, type RedfishCode } from '../../redfish/errors.js';
import { at, membersOf, nextPageOf, pageProblemOf } from '../../redfish/json.js';
import type { Answer } from '../../redfish/types.js';
import type { Get } from '../recording.js';

/** Something that was not read. */
export interface Gap {
  readonly class: EvidenceClass | null;
  readonly uri: string | null;
  readonly code: GapCode;
}

export type GapCode =
  | RedfishCode
  | `HTTP_${number}`
  | 'NOT_ADVERTISED'
  | 'OUT_OF_READS'
  | 'TOO_MANY_MEMBERS'
  | 'TOO_MANY_PAGES'
  | 'COUNT_DIFFERS'
  | 'NO_MEMBERS'
  | 'NEXT_PAGE_ELSEWHERE'
  | 'MEMBERS_NOT_INLINE';

/** One triage under way. */
export interface Round {
  readonly get: Get;
  /** What was read already: managers link to logs of systems, and the same collection serves two looks. */
  readonly seen: Map<string, Answer | null>;
  readonly gaps: Gap[];
  reads: number;
}

/** All of a triage; real BMCs need about 60 reads, at 0.1 to 0.5 s each. */
const READS = 250;
/** Of one collection. */
const MEMBERS = 64;
const PAGES = 4;

export function startRound(get: Get): Round {
  return { get, seen: new Map(), gaps: [], reads: 0 };
}

/** A resource that must be there: anything but 200 is a gap in `of`. */
export async function document(round: Round, uri: string | null, of: EvidenceClass | null): Promise<Answer | null> {
  const answer = await read(round, uri, of);
  if (answer === null || answer.status === 200) return answer;
  round.gaps.push({ class: of, uri, code: `HTTP_${answer.status}` });
  return null;
}

/** The members of a collection that answered 200. One that is gone between list and read leaves no gap. */
export async function collection(round: Round, uri: string | null, of: EvidenceClass): Promise<Answer[]> {
  const pages = await readPages(round, uri, of, PAGES);
  const links = [...new Set(pages.flatMap((page) => membersOf(page).map((member) => member.uri)))];
  if (links.length > MEMBERS) round.gaps.push({ class: of, uri, code: 'TOO_MANY_MEMBERS' });
  const members: Answer[] = [];
  for (const link of links.slice(0, MEMBERS)) {
    const member = await read(round, link, of);
    if (member?.status === 200) members.push(member);
    else if (member !== null && member.status !== 404 && member.status !== 410)
      round.gaps.push({ class: of, uri: link, code: `HTTP_${member.status}` });
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
    next = nextPageOf(page);
  } while (next !== null && pages.length < most && !pages.some((page) => page.uri === next));
  const problem = pages.map(pageProblemOf).find((found) => found !== null);
  if (next !== null) round.gaps.push({ class: of, uri: next, code: 'TOO_MANY_PAGES' });
  else if (problem !== undefined) round.gaps.push({ class: of, uri, code: problem });
  else if (tooFew(pages)) round.gaps.push({ class: of, uri, code: 'COUNT_DIFFERS' });
  return pages;
}

function tooFew(pages: readonly Answer[]): boolean {
  const [first] = pages;
  const count = at(first?.json ?? undefined, 'Members@odata.count');
  return typeof count === 'number' && count > pages.reduce((sum, page) => sum + membersOf(page).length, 0);
}

/** One read, once per URI and triage. Null, and a gap, when there was no answer. */
async function read(round: Round, uri: string | null, of: EvidenceClass | null): Promise<Answer | null> {
  const gap = (code: GapCode): null => {
    round.gaps.push({ class: of, uri, code });
    return null;
  };
  if (uri === null) return gap('NOT_ADVERTISED');
  const known = round.seen.get(uri);
  if (known !== undefined) return known;
  if (round.reads >= READS) return gap('OUT_OF_READS');
  round.reads += 1;
  try {
    const answer = await round.get(uri);
    round.seen.set(uri, answer);
    return answer;
  } catch (error) {
    if (!(error instanceof RedfishError) || isConnectionLost(error)) throw error;
    round.seen.set(uri, null);
    return gap(error.code);
  }
}
