import type { Digest } from '../model/json.js';
import type { RotationState } from '../store/credentials.js';
import type { Look } from './bench.js';
import { oldLogin, requirePending, type NewSecret } from './new-secret.js';
import { forgottenAt, noteOf, standing, tryLogin, type Trial } from './try-login.js';

export interface Question {
  readonly identity: Digest<'identity'>;
  /** The BMC's definite no to the change, as a code; null when it said anything else, or nothing. */
  readonly no: string | null;
  /** The old one working is the answer, and not that the BMC takes its time. */
  readonly isLast: boolean;
  /** Until then a look may come again; null when there is none after this one. */
  readonly until: number | null;
}

interface Both {
  readonly old: Trial | null;
  readonly fresh: Trial;
}

/**
 * Which of the two works. The old one is tried first: while it works nothing is refused, so that a BMC that takes its time costs nothing, and its
 * refusal is the proof that the section wants anyway. The account is never brought to its lock-out: with one refusal left the likelier of the two
 * is tried, since a good login wins the others back, and with none the BMC is given time to forget.
 */
export async function compare(secret: NewSecret, question: Question): Promise<Look> {
  const pending = await requirePending(secret);
  const known = await standing(secret);
  const { identity } = question;
  const login = await oldLogin(secret, known, pending);
  const old = login === null ? null : ({ which: 'old', login, identity } as const);
  const both: Both = { old, fresh: { which: 'new', login: pending.credential, identity } };
  const atBrink = known.mostRefusals - known.refusals === 1;
  if (old !== null && !known.oldRefused && !known.newRefused && atBrink && question.no === null) return newFirst(secret, both, question);
  const saysOld = old === null ? 'none' : known.oldRefused ? 'refused' : await tryLogin(secret, old);
  if (saysOld === 'works') return whileOldWorks(secret, both, question);
  if (saysOld === 'restricted') return { is: 'unknown', code: RESTRICTED };
  return saysOld === 'unaffordable' ? near(secret, question) : withoutOld(secret, both, question, saysOld);
}

/** That the old one is refused is seen by the operation after this one. */
async function newFirst(secret: NewSecret, { fresh }: Both, question: Question): Promise<Look> {
  const saysNew = await tryLogin(secret, fresh);
  if (saysNew === 'restricted') return restricted(question);
  return saysNew === 'works' ? settle(secret, 'new', { is: 'done' }) : near(secret, question);
}

async function whileOldWorks(secret: NewSecret, { old, fresh }: Both, { no, isLast }: Question): Promise<Look> {
  if (no !== null) return settle(secret, 'old', { is: 'failed', code: no });
  if (!isLast) return { is: 'unsettled', shown: true, acknowledged: true };
  const saysNew = await tryLogin(secret, fresh);
  if (saysNew === 'works') return settle(secret, 'both', { is: 'done' });
  // It logs in, but nobody can say where: neither is relied on.
  if (saysNew === 'restricted') return { is: 'unknown', code: 'BOTH_ACCEPTED' };
  await noteOf(secret, { state: 'old' });
  // A good login after the refused one, for BMCs that delay or lock at the next.
  if (old !== null) await tryLogin(secret, { ...old, proven: true });
  return { is: 'failed', code: 'NOT_APPLIED' };
}

async function withoutOld(secret: NewSecret, { fresh }: Both, question: Question, saysOld: 'refused' | 'none'): Promise<Look> {
  const saysNew = await tryLogin(secret, fresh);
  if (saysNew === 'works') {
    await noteOf(secret, { oldRefused: saysOld === 'refused' });
    return settle(secret, 'new', { is: 'done' });
  }
  if (saysNew === 'restricted') return restricted(question);
  return saysNew === 'unaffordable' ? near(secret, question) : settle(secret, 'neither', { is: 'unknown', code: 'BOTH_REFUSED' });
}

const RESTRICTED = 'PASSWORD_CHANGE_REQUIRED';

/** A BMC may be late to lift its demand. One that keeps it shows no device, and then the new one becomes current nowhere. */
function restricted({ isLast }: Question): Look {
  return isLast ? { is: 'unknown', code: RESTRICTED } : { is: 'unsettled', shown: true, acknowledged: true, code: RESTRICTED };
}

/** A BMC forgets refused logins after a while, and a look that waits for that costs nothing. */
async function near(secret: NewSecret, { until }: Question): Promise<Look> {
  const at = forgottenAt(await standing(secret));
  if (at === null || until === null || at > until) return { is: 'unknown', code: 'LOCKOUT_NEAR' };
  return {
    is: 'running',
    progress: `no further login is risked before the BMC has forgotten those that it refused, at ${new Date(at).toISOString()}`,
  };
}

async function settle(secret: NewSecret, state: RotationState, look: Look): Promise<Look> {
  await noteOf(secret, { state });
  return look;
}
