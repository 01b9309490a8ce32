import type { AccessRule, Send } from '../model/operation.js';
import { readRules, sameRules, transition, type ShownRule } from '../steps/access-rules.js';
import { canonical } from '../trust/canonical.js';
import { claim, isNo, isYes, sendOnce, type Bench, type Look, type Prepared } from './bench.js';
import { refuse } from './error.js';

export type Rules = Send & { kind: 'access-rules' };

/**
 * Makes the rules of an access list these. Null when they are. What a release takes back may have been left half done, and then every rule there
 * must be one of ours or of those that were there; otherwise the list must be the one that was planned for.
 */
export async function prepareRules(bench: Bench, send: Rules): Promise<Prepared | null> {
  const now = (await readRules(bench.reader('before-claim'), send.collection)).map(({ rule }) => rule);
  if (sameRules(now, send.to)) return null;
  const known = [...send.from, ...send.to].map((rule) => canonical(rule));
  const isKnown = bench.order.release === null ? sameRules(now, send.from) : now.every((rule) => known.includes(canonical(rule)));
  if (!isKnown)
    refuse('PRECONDITION_FAILED', `${send.collection} is no longer as the plan saw it; plan again and let the lead see the difference`);
  return { seen: {}, act: () => observeRules(bench, send) };
}

/**
 * Goes on where the list is now: each request has a claim of its own, and what was sent is only looked at. `way` keeps the claims of a list that is taken
 * back apart from those of the list that is made.
 */
export async function observeRules(bench: Bench, send: Rules, way = ''): Promise<Look> {
  for (let nth = 0; nth < STEPS; nth += 1) {
    const shown = await readRules(bench.reader('observe'), send.collection);
    const now = shown.map(({ rule }) => rule);
    if (sameRules(now, send.to)) return { is: 'done' };
    const next = nextOf(send, now, shown);
    if (next === null) return { is: 'unsettled', shown: true, acknowledged: true };
    const member = `${way}${next.member}`;
    if ((await bench.claims.find(bench.order, member)) !== null) return sentBefore(bench, member);
    await bench.series.commit();
    await claim(bench, member);
    const { covered } = await bench.claims.tries(bench.order, null);
    await bench.claims.note(bench.order, null, { covered: covered + 1 });
    await sendOnce(bench, member, { ...next.change, ifMatch: null });
  }
  return { is: 'unsettled', shown: true, acknowledged: true };
}

/** Of one look; a list that goes on changing under our hands is somebody else's too. */
const STEPS = 64;

interface Step {
  readonly member: string;
  readonly change: {
    readonly method: 'POST' | 'DELETE';
    readonly uri: string;
    readonly body: { readonly [key: string]: string | number } | null;
  };
}

function nextOf({ collection, to }: Rules, now: readonly AccessRule[], shown: readonly ShownRule[]): Step | null {
  const { adds, removes } = transition(now, to);
  const [add] = adds;
  if (add !== undefined) {
    const body = { Address: add.address, PrefixLength: add.prefix, Policy: add.policy };
    return { member: `rule ${String(to.length - adds.length + 1)}`, change: { method: 'POST', uri: collection, body } };
  }
  const gone = shown[removes[0] ?? -1]?.shown.uri;
  return gone === undefined ? null : { member: gone, change: { method: 'DELETE', uri: gone, body: null } };
}

/** It was sent, and the list does not show it. */
async function sentBefore({ claims, order }: Bench, member: string): Promise<Look> {
  const status = (await claims.tries(order, member)).answer?.status;
  if (isNo(status)) return { is: 'failed', code: `HTTP_${String(status)}` };
  return { is: 'unsettled', shown: true, acknowledged: isYes(status) };
}
