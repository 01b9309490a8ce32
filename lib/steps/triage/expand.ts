import { at, isObject, membersOf, nextPageOf } from '../../redfish/json.js';
import { isErrorBody } from '../../redfish/messages.js';
import { peek, type Member, type Round } from './reading.js';
import type { Answer } from '../../redfish/types.js';

/** Below this a second read of the collection saves nothing worth having. */
const WORTH = 4;

/** The query by which this service says that it shows members with their collection; null when it says so nowhere. */
export function expandQueryOf(root: Pick<Answer, 'json'> | null): string | null {
  const says = (what: string): boolean => at(root?.json ?? undefined, 'ProtocolFeaturesSupported', 'ExpandQuery', what) === true;
  if (says('NoLinks')) return '?$expand=.';
  return says('ExpandAll') ? '?$expand=*' : null;
}

/**
 * The members of a collection in one read, or null when they must be read one by one. What the service says of itself is checked: the members
 * are those of the collection without the query, whole, and the first time one of them is read alone and must have no property more. The
 * first disappointment ends it for the whole triage.
 */
export async function expanded(round: Round, page: Answer, links: readonly string[]): Promise<readonly Member[] | null> {
  const { expand } = round;
  if (expand === null || links.length < WORTH || page.uri.includes('?') || nextPageOf(page) !== null) return null;
  const members = await tried(round, `${page.uri}${expand}`, links);
  if (members !== null && (round.expandProven || (await provenBy(round, members)))) {
    round.expandProven = true;
    return members;
  }
  round.expand = null;
  return null;
}

async function tried(round: Round, uri: string, links: readonly string[]): Promise<readonly Member[] | null> {
  const answer = await peek(round, uri);
  if (answer?.status !== 200 || isErrorBody(answer.json) || nextPageOf(answer) !== null) return null;
  const shown = membersOf(answer);
  if (shown.length !== links.length || shown.some(({ uri: member, inline }, n) => !inline || member !== links[n])) return null;
  const bodies = at(answer.json ?? undefined, 'Members');
  return shown.map((member, n) => ({ uri: member.uri, json: at(bodies, n) ?? null }));
}

async function provenBy(round: Round, [member]: readonly Member[]): Promise<boolean> {
  const alone = member === undefined ? null : await peek(round, member.uri);
  const whole = alone?.status === 200 ? (alone.json ?? undefined) : undefined;
  const shown = member?.json ?? undefined;
  return isObject(whole) && isObject(shown) && Object.keys(whole).every((name) => Object.hasOwn(shown, name));
}
