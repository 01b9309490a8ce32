import type { Digest } from '../model/json.js';
import type { Send } from '../model/operation.js';
import { revealedIn, secretIn } from '../model/secret-reference.js';
import type { Target } from '../model/site.js';
import type { Connection } from '../redfish/types.js';
import { accountOf } from '../steps/accounts.js';
import { onRecord } from '../steps/own-session.js';
import { recordingReader } from '../steps/reader.js';
import type { Rotation } from '../store/credentials.js';
import type { Pending } from '../vault/vault.js';
import { isNo, sendOnce, type Look, type Prepared, type Workbench } from './bench.js';
import { compare } from './comparison.js';
import { allHold, readingOnce } from './conditions.js';
import { refuse } from './error.js';
import { withoutEcho } from './echo.js';
import { isFirstPassword, requireFirstPassword } from './first-password.js';
import { guardAccounts } from './guard.js';
import type { Hand } from './hand.js';
import type { Job } from './job.js';
import { allowance, lockoutOf } from './lockout.js';
import { newSecret, oldLogin, patiently, requireDevice, requirePending, rotationOf, writtenSince, type NewSecret } from './new-secret.js';
import { LOOKS } from './observed.js';
import { tryingOldToken } from './old-token.js';
import { begun, forgottenAt, noteOf, standing } from './try-login.js';

type Request = Send & { kind: 'redfish' };

/**
 * Gives an account the pending secret. The conversation in which that happens is opened late and with the secret that works now; what it came to is
 * seen by logins of their own, since a BMC that answers 200 may keep the old secret, and one whose answer is lost may have taken the new one.
 */
export async function withNewSecret<T>(
  job: Job,
  target: Target,
  common: Workbench,
  send: Request,
  identity: Digest<'identity'>,
  work: (hand: Hand) => Promise<T>,
): Promise<T> {
  const secret = newSecret(job, target, secretIn(send.body) ?? refuse('BAD_SEND', 'the body names no secret'));
  let connection: Connection | null = null;
  const hand = {
    bench: common,
    // Who answers is looked at within each login.
    requireDevice: () => Promise.resolve(),
    async prepare(): Promise<Prepared | null> {
      const known = await settledBefore(secret, identity);
      if (known?.state === 'new' || known?.state === 'both') return null;
      await requireUnchanged(secret);
      connection = await onRecord(job.series, () => job.deps.connect(job.context.case, target, job.series, common.shield.signal));
      if (!isFirstPassword(common.operation)) await requireDevice(connection, job, identity);
      hand.bench = { ...common, session: connection.session };
      return prepare(secret, hand.bench, connection, send, identity);
    },
    observe: () => patiently(() => observe(secret, common, identity)),
  };
  try {
    return await work(hand);
  } finally {
    await end(connection);
  }
}

/** Within closures TypeScript takes the variable for what it was. */
function end(connection: Connection | null): Promise<void> {
  return connection?.close() ?? Promise.resolve();
}

/** An earlier signed attempt may have left it open which secret works: that is found out first, with logins of its own. */
export async function settledBefore(secret: NewSecret, identity: Digest<'identity'>): Promise<Rotation | null> {
  const known = await rotationOf(secret);
  if (known?.state !== 'sent' && known?.state !== 'neither') return known;
  const now = await standing(secret);
  // With both of ours refused, what somebody wrote meanwhile is what is left to try.
  const over = known.state === 'neither' ? await writtenSince(secret, await requirePending(secret)) : now.over;
  await noteOf(secret, { ...now, over, oldRefused: false, newRefused: false, mostRefusals: allowance(now) });
  const look = await compare(secret, { identity, no: null, isLast: true, until: null });
  if (look.is === 'unknown') refuse('SECRET_IN_DOUBT', await doubt(secret, look.code));
  return rotationOf(secret);
}

/** What somebody wrote since is not known to work, nor whether they mean to give it to the BMC: before anything left, that is a person's to see. */
export async function requireUnchanged(secret: NewSecret): Promise<void> {
  const version = await writtenSince(secret, await requirePending(secret));
  if (version !== null)
    refuse(
      'VERSION_CONFLICT',
      `somebody wrote version ${String(version)} of ${secret.ref} after its new secret was made; nothing was sent. Find out who; a signed retry starts from theirs`,
    );
}

async function doubt(secret: NewSecret, code: string): Promise<string> {
  const known = await standing(secret);
  const at = forgottenAt(known);
  const way =
    at === null ? 'unlock the account at the BMC, or set a secret by another way' : `sign a retry after ${new Date(at).toISOString()}`;
  return `${secret.target.id}: ${code}, with ${String(known.refusals)} logins refused in a row; ${way}`;
}

async function prepare(
  secret: NewSecret,
  bench: Workbench,
  connection: Connection,
  send: Request,
  identity: Digest<'identity'>,
): Promise<Prepared> {
  const { job, ref, target } = secret;
  const { operation } = bench;
  const pending = await requirePending(secret);
  const reader = readingOnce(recordingReader(connection, job.series, 'before-claim'));
  const demanded = isFirstPassword(operation);
  if (demanded) await requireFirstPassword(job, target, { connection, reader, uri: send.uri });
  const fresh = await reader.get(send.uri);
  if (!(await allHold(operation.before, reader)))
    refuse('PRECONDITION_FAILED', `${send.uri} is no longer as the plan saw it; plan again and let the lead see the difference`);
  // Who may do nothing but change the own password reads no other account, and changes none.
  if (!demanded) await guardAccounts(send, fresh, connection.userName, reader);
  const lockout = await lockoutOf(reader);
  if (lockout.bears === 0)
    refuse('PRECONDITION_FAILED', `${target.id} locks an account at its first refused login, so that no old secret can be proven dead`);
  const ours = accountOf(fresh)?.userName === connection.userName;
  if (!ours && demanded) refuse('OWN_ACCOUNT', `${send.uri} is not the account that this worker logs in with`);
  if (!ours) await requireOld(secret, pending);
  // The conversation just now began with a good login.
  const rotation = begun({ ref, key: pending.key, ours, demanded, lockout });
  const ifMatch = send.method === 'POST' ? null : fresh.etag;
  const text = pending.credential.password.reveal();
  const body = revealedIn(send.body, text);
  const recorded = { ...bench, connection: withoutEcho(connection, text), reader: () => reader };
  return {
    seen: {},
    act: async () => {
      await job.deps.credentials.note(target.id, rotation);
      const change = async (): Promise<Look> => {
        const left = await sendOnce(recorded, null, { method: send.method, uri: send.uri, body, ifMatch });
        if (left) return patiently(() => observe(secret, bench, identity));
        await noteOf(secret, { state: 'old' });
        return { is: 'failed', code: 'NOT_SENT' };
      };
      return demanded ? change() : tryingOldToken({ secret, pending, bench, reader, uri: send.uri }, change);
    },
  };
}

/** Of another account: without its old secret nobody could say that it is refused, and one of somebody else is refused whatever the BMC does. */
export async function requireOld(secret: NewSecret, { credential, base }: Pending): Promise<void> {
  const old = await oldLogin(secret, { ours: false, over: null }, { base });
  if (old?.userName !== credential.userName)
    refuse(
      'PRECONDITION_FAILED',
      `${secret.ref} holds ${old === null ? 'no login' : 'the login of another account'}, and not the current one of ${JSON.stringify(credential.userName)}; put that there, then plan again`,
    );
}

/** `refused`: the BMC's definite no, where it is not the status of a kept answer. */
export async function observe(
  secret: NewSecret,
  { claims, order }: Workbench,
  identity: Digest<'identity'>,
  refused: string | null = null,
): Promise<Look> {
  const known = await rotationOf(secret);
  const { answer, observed } = await claims.tries(order, null);
  // The claim was made and the worker died before it noted, and so before it sent.
  if (known === null) return { is: 'failed', code: 'NOT_SENT' };
  if (known.state === 'new' || known.state === 'both') return { is: 'done' };
  const claim = await claims.find(order, null);
  const until = claim === null ? null : Date.parse(claim.at) + claim.limitMs;
  const no = isNo(answer?.status) ? `HTTP_${String(answer.status)}` : refused;
  return compare(secret, { identity, no, isLast: observed >= LOOKS, until });
}
