import type { Send } from '../model/operation.js';
import { revealedIn, secretIn } from '../model/secret-reference.js';
import { accountOf, isEnabledAdministrator, type Account } from '../steps/accounts.js';
import { recordingReader } from '../steps/reader.js';
import type { OwnAccount } from '../store/credentials.js';
import { isNo, isYes, sendOnce, type Look, type Prepared } from './bench.js';
import { allHold, readingOnce } from './conditions.js';
import { conversationWith, type Conversation } from './conversation.js';
import { withoutEcho } from './echo.js';
import { refuse } from './error.js';
import type { Hand } from './hand.js';
import { allowance, lockoutOf } from './lockout.js';
import { newSecret, patiently, requirePending, rotationOf, type NewSecret } from './new-secret.js';
import { LOOKS } from './observed.js';
import { findAccount, keepAccount, knownAccount, type About } from './own-account.js';
import { begun, noteOf, standing, tryLogin } from './try-login.js';

type Make = Send & { kind: 'account'; act: 'make' };

interface Making {
  readonly about: About;
  readonly secret: NewSecret;
  readonly send: Make;
  readonly conversation: Conversation;
}

/**
 * Makes the incident's own account. Where it lies is not known before, and its answer may be lost: it is found by its name, and only a login of its own
 * on the very device, in which it is seen to be an enabled administrator, shows that it is ours and good for something. Never adopts an account that was
 * there before.
 */
export async function makingAccount<T>(about: About, send: Make, work: (hand: Hand) => Promise<T>): Promise<T> {
  if (secretIn(send.body) !== send.ref || !isWithin(send)) refuse('BAD_SEND', 'the body is not that of an account under its own secret');
  const conversation = conversationWith(about);
  const making = { about, secret: newSecret(about.job, about.target, send.ref), send, conversation };
  try {
    return await work({
      bench: about.bench,
      requireDevice: () => Promise.resolve(),
      prepare: () => prepare(making),
      observe: () => patiently(() => observe(making)),
    });
  } finally {
    await conversation.close();
  }
}

/** A new member of the list, or a slot in it. */
function isWithin({ method, uri, list }: Make): boolean {
  return method === 'POST' ? uri === list : uri.slice(0, uri.lastIndexOf('/')) === list;
}

async function prepare(making: Making): Promise<Prepared | null> {
  const { about, secret, send } = making;
  const { job, bench } = about;
  const known = await knownAccount(about, send);
  if (known?.state === 'made' || known?.state === 'used') return null;
  const { connection } = await making.conversation.open();
  const reader = readingOnce(recordingReader(connection, job.series, 'before-claim'));
  const there = await findAccount(reader, send);
  if (there !== undefined) return known?.state === 'sent' ? earlier(making, there) : taken(send);
  if (!(await allHold(bench.operation.before, reader)))
    refuse('PRECONDITION_FAILED', `${send.uri} is no longer as the plan saw it; plan again and let the lead see the difference`);
  const pending = await requirePending(secret);
  const lockout = await lockoutOf(reader);
  const rotation = begun({ ref: send.ref, key: pending.key, ours: false, demanded: false, lockout });
  const ifMatch = send.method === 'PATCH' ? (await reader.get(send.uri)).etag : null;
  const text = pending.credential.password.reveal();
  const recorded = { ...bench, session: connection.session, connection: withoutEcho(connection, text), reader: () => reader };
  return {
    seen: {},
    act: async () => {
      await keepAccount(about, accountAs(making, 'sent'));
      await job.deps.credentials.note(about.target.id, rotation);
      const left = await sendOnce(recorded, null, { method: send.method, uri: send.uri, body: revealedIn(send.body, text), ifMatch });
      return left ? patiently(() => observe(making)) : ended(making, 'removed', 'NOT_SENT');
    },
  };
}

function taken({ userName, list }: Make): never {
  return refuse('PRECONDITION_FAILED', `${list} has an account ${userName} by now that this incident did not make; plan again`);
}

/** An earlier signed attempt may have made it: whether it is ours shows by a login, with the refusals that another signed attempt may cost. */
async function earlier(making: Making, there: Account): Promise<null> {
  const known = await standing(making.secret);
  await noteOf(making.secret, { mostRefusals: allowance(known) });
  const look = await prove(making, there, true);
  if (look.is !== 'done')
    refuse(
      'PRECONDITION_FAILED',
      `${there.uri} has the name that this incident chose and does not let us in (${codeOf(look)}); plan again`,
    );
  return null;
}

function codeOf(look: Look): string {
  return 'code' in look ? look.code : look.is;
}

async function observe(making: Making): Promise<Look> {
  const { about, secret, send } = making;
  const { job, bench } = about;
  const known = await knownAccount(about, send);
  if (known?.state === 'made' || known?.state === 'used') return { is: 'done' };
  // The claim was made and the worker died before it noted, and so before it sent.
  if ((await rotationOf(secret)) === null) return ended(making, 'removed', 'NOT_SENT');
  const { answer, observed } = await bench.claims.tries(bench.order, null);
  const isLast = observed >= LOOKS;
  const { connection } = await making.conversation.open();
  const there = await findAccount(recordingReader(connection, job.series, 'observe'), send);
  if (there !== undefined) {
    // Its name was free, and the BMC says that this is what it made of our request.
    const isTold = answer !== null && isYes(answer.status) && [answer.resource, answer.location, slotOf(send)].includes(there.uri);
    if (isTold && known?.uri === null) await keepAccount(about, { ...known, uri: there.uri });
    return prove(making, there, isLast);
  }
  if (isNo(answer?.status)) return ended(making, 'refused', `HTTP_${String(answer.status)}`);
  if (isLast && isYes(answer?.status)) return ended(making, 'refused', 'NOT_APPLIED');
  return { is: 'unsettled', shown: true, acknowledged: isYes(answer?.status) };
}

function slotOf({ method, uri }: Make): string | null {
  return method === 'PATCH' ? uri : null;
}

/** A login of its own, in which it reads itself. */
async function prove(making: Making, there: Account, isLast: boolean): Promise<Look> {
  const { about, secret, send } = making;
  const { credential } = await requirePending(secret);
  const seen = { mayAll: false };
  const said = await tryLogin(secret, {
    which: 'new',
    login: credential,
    identity: about.identity,
    sees: async (reader) => {
      const own = accountOf(await reader.get(there.uri));
      seen.mayAll = own?.userName === send.userName && isEnabledAdministrator(own);
    },
  });
  if (said === 'unaffordable') return { is: 'unknown', code: 'LOCKOUT_NEAR' };
  if (said === 'works' && seen.mayAll) {
    await noteOf(secret, { state: 'new' });
    await keepAccount(about, { ...accountAs(making, 'made'), uri: there.uri });
    return { is: 'done' };
  }
  const code = said === 'refused' ? 'OWN_LOGIN_REFUSED' : said === 'works' ? 'NO_RIGHTS' : 'PASSWORD_CHANGE_REQUIRED';
  if (!isLast) return { is: 'unsettled', shown: true, acknowledged: true, code };
  // What let us in, or the BMC said that it made for us, is ours to take out again; anything else may be anybody's.
  const known = await knownAccount(about, send);
  await keepAccount(about, { ...accountAs(making, 'lost', code), uri: said === 'refused' ? (known?.uri ?? null) : there.uri });
  return { is: 'failed', code };
}

/** The BMC does not have it: its secret may be set aside. */
async function ended(making: Making, state: 'refused' | 'removed', code: string): Promise<Look> {
  if ((await rotationOf(making.secret)) !== null) await noteOf(making.secret, { state: 'old' });
  await keepAccount(making.about, accountAs(making, state, code));
  return { is: 'failed', code };
}

function accountAs({ about, send }: Making, state: OwnAccount['state'], code: string | null = null): OwnAccount {
  return { incident: about.job.order.incident, userName: send.userName, ref: send.ref, uri: null, state, code };
}
