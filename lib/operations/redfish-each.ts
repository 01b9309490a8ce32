import type { Send } from '../model/operation.js';
import { isOwnSession, isSessionUri } from '../steps/accounts.js';
import { isGone, listMembers } from '../steps/collection.js';
import { claim, isNo, isYes, sendOnce, type Bench, type Look, type Prepared } from './bench.js';
import { refuse } from './error.js';

type Each = Send & { kind: 'redfish-each' };

/** The most members that one rule ends; more is no review but a purge, and a person should look first. */
const EXTENT = 200;
/** How often one attempt lists again, to catch what was opened while it worked. */
const PASSES = 3;

/** A bounded rule: judged on the collection as it is now; null when it covers nothing. */
export async function prepareEach(bench: Bench, send: Each): Promise<Prepared | null> {
  const covered = await coveredNow(bench, send, 'before-claim');
  if (covered.length === 0) return null;
  if (covered.length > EXTENT)
    refuse(
      'EXTENT_TOO_LARGE',
      `${send.collection} holds ${String(covered.length)} members to end, at most ${String(EXTENT)} go through one rule`,
    );
  return { seen: {}, act: () => observeEach(bench, send) };
}

/**
 * Ends what the rule covers and nobody has claimed, member by member, and looks again. A begun rule is finished: after a crash this
 * goes on with the members that are left; those with a claim are only looked at.
 */
export async function observeEach(bench: Bench, send: Each): Promise<Look> {
  const { order, claims } = bench;
  for (let pass = 0; pass < PASSES; pass++) {
    const unclaimed = [];
    for (const member of await coveredNow(bench, send, 'observe')) if ((await claims.find(order, member)) === null) unclaimed.push(member);
    if (unclaimed.length === 0) break;
    for (const member of unclaimed.slice(0, EXTENT)) await endMember(bench, member);
  }
  return judge(bench, await present(bench, await coveredNow(bench, send, 'observe')));
}

/** Some BMCs list a session for a while after it is gone. */
async function present(bench: Bench, members: readonly string[]): Promise<readonly string[]> {
  const reader = bench.reader('observe');
  const left: string[] = [];
  for (const member of members) if (!isGone((await reader.get(member)).status)) left.push(member);
  return left;
}

async function coveredNow(bench: Bench, { collection, spare }: Each, purpose: 'before-claim' | 'observe'): Promise<readonly string[]> {
  const { members } = await listMembers(bench.reader(purpose), collection);
  // The rule ends sessions. Whatever else the BMC has put on the list since the plan was made is not ended.
  const other = members.find((member) => !isSessionUri(member));
  if (other !== undefined) refuse('BAD_SEND', `${collection} lists ${other}, which is no session`);
  return members.filter((member) => !spare.includes(member) && !isOwnSession(member, bench.connection.session));
}

async function endMember(bench: Bench, member: string): Promise<void> {
  const { order, claims, series } = bench;
  const { status } = await bench.reader('before-claim').get(member);
  // It ended by itself between the list and now.
  if (isGone(status)) return;
  await series.commit();
  await claim(bench, member);
  const { covered } = await claims.tries(order, null);
  await claims.note(order, null, { covered: covered + 1 });
  await sendOnce(bench, member, { method: 'DELETE', uri: member, body: null, ifMatch: null });
}

async function judge({ order, claims }: Bench, left: readonly string[]): Promise<Look> {
  if (left.length === 0) return { is: 'done' };
  const statuses = await Promise.all(left.map(async (member) => (await claims.tries(order, member)).answer?.status));
  const no = statuses.find(isNo);
  if (no !== undefined) return { is: 'failed', code: `HTTP_${String(no)}` };
  return { is: 'unsettled', shown: true, acknowledged: statuses.every(isYes) };
}
