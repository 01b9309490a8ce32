import type { Operation, Send } from '../../model/operation.js';
import { destroysOf } from '../../operations/effect.js';
import { textAt } from '../../redfish/json.js';
import { SESSION_ADDRESSES } from '../../redfish/vendors/facts.js';
import { isOwnSession, isSessionUri } from '../accounts.js';
import { isGone, listMembers } from '../collection.js';
import { tryToken } from '../dead-token.js';
import { StepError } from '../error.js';
import { finding, joined, quoted, traced, type Proposal, type Survey } from '../planning.js';
import type { Reading } from '../reader.js';

/**
 * Sessions of accounts and addresses that nobody listed, how they are ended, and that a token dies with its session. `extent`: whether only what there is
 * now is a reason to end any, or also what may come until then. A session that shows no address (Supermicro, Lenovo) cannot be told from a stolen
 * one and is not spared: its owner logs in again, a thief does not.
 */
export async function reviewSessions(survey: Survey, collection: string, extent: 'now' | 'until-then' = 'now'): Promise<Proposal> {
  const { members, first } = await listMembers(survey.reader, collection);
  const foreign: Reading[] = [];
  const spared: string[] = [];
  for (const member of members) {
    if (!isSessionUri(member))
      throw new StepError('UNREADABLE', `${collection} lists ${quoted(member)}, which is no session; to end it could destroy anything`);
    if (isOwnSession(member, survey.own.session)) continue;
    const session = await survey.reader.get(member);
    if (isGone(session.status)) continue;
    if (session.status !== 200)
      throw new StepError('UNREADABLE', `${member} answered ${String(session.status)}; whose session it is is not known`);
    if (isAllowed(survey, session)) spared.push(member);
    else foreign.push(session);
  }
  const findings = foreign.map((session) => {
    const advice = `session of ${describe(session)} is not in the inventory; end it, and take its secret for known`;
    return traced(finding(survey, 'FOREIGN_SESSION', session, advice), 'address', sessionAddress(session) ?? '');
  });
  if (foreign.length === 0 && extent === 'now') return { findings, operations: [] };
  return joined([{ findings, operations: [endAll(collection, foreign, spared)] }, tryToken(survey, first)]);
}

function isAllowed({ target }: Survey, session: Reading): boolean {
  const userName = textAt(session.json ?? undefined, 'UserName');
  const address = sessionAddress(session);
  return address !== null && target.allow.sessions.some((allowed) => allowed.userName === userName && allowed.address === address);
}

function endAll(collection: string, foreign: readonly Reading[], spared: readonly string[]): Omit<Operation, 'n'> {
  const send: Send = { kind: 'redfish-each', method: 'DELETE', collection, spare: spared };
  const now = foreign.slice(0, 5).map(describe).join(', ');
  const more = foreign.length > 5 ? ` and ${String(foreign.length - 5)} more` : '';
  return {
    version: 1,
    send,
    line: `end every session but ours and ${String(spared.length)} allowed; now ${String(foreign.length)}${now === '' ? '' : `: ${now}`}${more}`,
    limitMs: 60_000,
    before: [],
    // The rule itself says when it is done: nothing is left that it covers.
    after: [],
    proof: { by: 'state' },
    destroys: destroysOf(send),
    impact: 'none',
    undo: null,
  };
}

function describe(session: Reading): string {
  return `${quoted(textAt(session.json ?? undefined, 'UserName') ?? '')} from ${sessionAddress(session) ?? 'an unknown address'}`;
}

/** IPv4 in IPv6 spelling is IPv4; anything that is no address is none. */
export function sessionAddress(session: Reading): string | null {
  const said = SESSION_ADDRESSES.map((path) => textAt(session.json ?? undefined, ...path)).find(
    (text) => text !== undefined && text !== '',
  );
  const address = said?.replace(/^::ffff:(?=\d+\.)/i, '') ?? '';
  return /^[0-9A-Fa-f.:]{2,45}$/.test(address) ? address : null;
}
