import type { Digest } from '../model/json.js';
import type { Send } from '../model/operation.js';
import { revealedIn, secretIn } from '../model/secret-reference.js';
import type { Target } from '../model/site.js';
import { at, linkAt } from '../redfish/json.js';
import type { Connection } from '../redfish/types.js';
import { accountOf } from '../steps/accounts.js';
import { onRecord } from '../steps/own-session.js';
import { recordingReader, type Reader } from '../steps/reader.js';
import type { Rotation } from '../store/credentials.js';
import { isNo, sendOnce, type Look, type Prepared, type Workbench } from './bench.js';
import { allHold, readingOnce } from './conditions.js';
import { refuse } from './error.js';
import { withoutEcho } from './echo.js';
import { guardAccounts } from './guard.js';
import type { Hand } from './hand.js';
import type { Job } from './job.js';
import { newSecret, oldLogin, patiently, requireDevice, requirePending, rotationOf, tryLogin, type NewSecret } from './new-secret.js';
import { LOOKS } from './observed.js';

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
      connection = await onRecord(job.series, () => job.deps.connect(job.context.case, target, job.series, common.shield.signal));
      await requireDevice(connection, job, identity);
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
async function settledBefore(secret: NewSecret, identity: Digest<'identity'>): Promise<Rotation | null> {
  const known = await rotationOf(secret);
  if (known?.state !== 'sent' && known?.state !== 'neither') return known;
  const { deps } = secret.job;
  await deps.credentials.note(secret.target.id, { ...known, refusals: 0 });
  const look = await compare(secret, null, identity, true);
  if (look.is === 'unknown') refuse('SECRET_IN_DOUBT', `${secret.target.id} still takes neither secret, or cannot be asked`);
  return rotationOf(secret);
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
  const fresh = await reader.get(send.uri);
  if (!(await allHold(operation.before, reader)))
    refuse('PRECONDITION_FAILED', `${send.uri} is no longer as the plan saw it; plan again and let the lead see the difference`);
  await guardAccounts(send, fresh, connection.userName, reader);
  const rotation: Rotation = {
    ref,
    key: pending.key,
    state: 'sent',
    ours: accountOf(fresh)?.userName === connection.userName,
    oldRefused: false,
    refusals: 0,
    mostRefusals: mostRefusals(await lockoutThreshold(reader)),
  };
  const ifMatch = send.method === 'POST' ? null : fresh.etag;
  const text = pending.credential.password.reveal();
  const body = revealedIn(send.body, text);
  const recorded = { ...bench, connection: withoutEcho(connection, text), reader: () => reader };
  return {
    seen: {},
    act: async () => {
      await job.deps.credentials.note(target.id, rotation);
      const left = await sendOnce(recorded, null, { method: send.method, uri: send.uri, body, ifMatch });
      if (left) return patiently(() => observe(secret, bench, identity));
      await job.deps.credentials.note(target.id, { ...rotation, state: 'old' });
      return { is: 'failed', code: 'NOT_SENT' };
    },
  };
}

async function observe(secret: NewSecret, { claims, order }: Workbench, identity: Digest<'identity'>): Promise<Look> {
  const known = await rotationOf(secret);
  const { answer, observed } = await claims.tries(order, null);
  // The claim was made and the worker died before it noted, and so before it sent.
  if (known === null) return { is: 'failed', code: 'NOT_SENT' };
  if (known.state === 'new' || known.state === 'both') return { is: 'done' };
  return compare(secret, isNo(answer?.status) ? `HTTP_${String(answer.status)}` : null, identity, observed >= LOOKS);
}

/**
 * Which of the two works. The old one is tried first: while it works nothing is refused, so that a BMC that takes its time costs nothing, and its
 * refusal is the proof that the section wants anyway. The account is never brought to its lock-out.
 */
async function compare(secret: NewSecret, no: string | null, identity: Digest<'identity'>, isLast: boolean): Promise<Look> {
  const { job, target } = secret;
  const pending = await requirePending(secret);
  const known = await rotationOf(secret);
  const note = async (change: Pick<Rotation, 'state'> & Partial<Rotation>): Promise<void> => {
    const now = await rotationOf(secret);
    if (now !== null) await job.deps.credentials.note(target.id, { ...now, ...change });
  };
  const old = await oldLogin(secret, known?.ours === true);
  const saysOld = old === null ? 'none' : await tryLogin(secret, 'old', old, identity);
  if (saysOld === 'works' && no !== null) {
    await note({ state: 'old' });
    return { is: 'failed', code: no };
  }
  if (saysOld === 'works' && !isLast) return { is: 'unsettled', shown: true, acknowledged: true };
  const saysNew = await tryLogin(secret, 'new', pending.credential, identity);
  if (saysNew === 'works') {
    await note(saysOld === 'works' ? { state: 'both' } : { state: 'new', oldRefused: saysOld === 'refused' });
    return { is: 'done' };
  }
  if (saysNew === 'unaffordable') return { is: 'unknown', code: 'LOCKOUT_NEAR' };
  await note({ state: saysOld === 'works' ? 'old' : 'neither' });
  return saysOld === 'works' ? { is: 'failed', code: 'NOT_APPLIED' } : { is: 'unknown', code: 'BOTH_REFUSED' };
}

/** Two tell the two secrets apart; none where even those could lock the account. */
function mostRefusals(threshold: number | null): number {
  return threshold === null || threshold === 0 ? 2 : Math.max(0, Math.min(2, threshold - 1));
}

/** AccountLockoutThreshold of the AccountService (DSP2046): refused logins until the account is locked, 0 for never; null where the BMC does not say. */
async function lockoutThreshold(reader: Reader): Promise<number | null> {
  const service = linkAt(await reader.get('/redfish/v1'), 'AccountService');
  if (service === null) return null;
  const threshold = at((await reader.get(service)).json ?? undefined, 'AccountLockoutThreshold');
  return typeof threshold === 'number' && Number.isInteger(threshold) && threshold >= 0 ? threshold : null;
}
