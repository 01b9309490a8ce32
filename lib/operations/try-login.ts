import { IpmiError, type IpmiCode } from '../ipmi/errors.js';
import type { Digest } from '../model/json.js';
import type { IpmiTarget } from '../model/site.js';
import { burnsSecrets, RedfishError, type RedfishCode } from '../redfish/errors.js';
import type { Connection, Login } from '../redfish/types.js';
import { recordingReader, type Reader } from '../steps/reader.js';
import { onRecord } from '../steps/own-session.js';
import type { Rotation } from '../store/credentials.js';
import { refuse } from './error.js';
import { allowance } from './lockout.js';
import { requireIpmiDevice } from './ipmi-device.js';
import { lookAtDevice, rotationOf, type NewSecret } from './new-secret.js';

/** `restricted`: it logs in, and may do nothing but change itself, so that nobody can say on which device. */
export type Tried = 'works' | 'restricted' | 'refused' | 'unaffordable';

export interface Trial {
  readonly which: 'old' | 'new';
  readonly login: Login;
  readonly identity: Digest<'identity'>;
  /** It was seen to work: such a login makes the BMC forget those that it refused, however many they were. */
  readonly proven?: boolean;
  /** What else is to be seen in that conversation. */
  readonly sees?: (reader: Reader) => Promise<void>;
}

/**
 * Logs in once with one of the two secrets, if the BMC may refuse it without locking the account. Counted on disk before it leaves, since the
 * answer may be lost. Returns what the BMC said; throws what keeps it from saying anything.
 */
export async function tryLogin(secret: NewSecret, trial: Trial): Promise<Tried> {
  const { which, proven = false } = trial;
  const { job, ref } = secret;
  const before = await standing(secret);
  if (!proven && before.refusals >= before.mostRefusals) return 'unaffordable';
  await noteOf(secret, { refusals: before.refusals + 1, refusedAt: job.deps.now() });
  const notCounted = async (error: unknown): Promise<never> => {
    if (saysNothing(error)) await noteOf(secret, { refusals: before.refusals, refusedAt: before.refusedAt });
    throw error;
  };
  const said =
    secret.target.protocol === 'ipmi'
      ? await triedOverIpmi(secret, secret.target, trial).catch(notCounted)
      : await triedOverRedfish(secret, trial, notCounted);
  await noteOf(secret, evidenceOf(which, said));
  await job.series.record('secret.tried', { secret: ref, which, said, refusals: (await standing(secret)).refusals });
  return said;
}

/** A rotation whose secret is about to be sent: nothing was tried, and nothing refused. */
export function begun(of: Pick<Rotation, 'ref' | 'key' | 'ours' | 'demanded' | 'lockout'>): Rotation {
  const mostRefusals = allowance({ refusals: 0, lockout: of.lockout });
  return { ...of, state: 'sent', over: null, oldRefused: false, newRefused: false, refusals: 0, refusedAt: null, mostRefusals };
}

/**
 * A session that the secret before opens, beside ours, while it still opens any; null: the BMC gave none, or bears no refusal of it beside the one that
 * shows the new secret to work. Counted like every login that it may refuse. Throws what forbids to send it anything more, the new secret included.
 */
export async function openWithOld(secret: NewSecret, login: Login): Promise<Connection | null> {
  const { job, target } = secret;
  const { deps, context, series, signal } = job;
  const before = await standing(secret);
  // Ours has logged in just now.
  if (!before.ours && before.mostRefusals - before.refusals <= 1) return null;
  await noteOf(secret, { refusals: before.refusals + 1, refusedAt: deps.now() });
  try {
    const connection = await onRecord(series, () => deps.secondLogin(context.case, target, series, login, signal));
    await noteOf(secret, FORGOTTEN);
    return connection;
  } catch (error) {
    if (!(error instanceof RedfishError)) throw error;
    if (saysNothing(error)) await noteOf(secret, { refusals: before.refusals, refusedAt: before.refusedAt });
    if (!burnsSecrets(error.code) || REFUSALS.has(error.code)) return null;
    await noteOf(secret, { state: 'old' });
    throw error;
  }
}

/** Said of this login alone: the one that changes the secret stands. */
const REFUSALS: ReadonlySet<string> = new Set<RedfishCode>(['LOGIN_REFUSED', 'LOCKED_OUT']);

/** What is known of this rotation; whatever the BMC has forgotten by now is not counted. Refuses where nothing is known. */
export async function standing(secret: NewSecret): Promise<Rotation> {
  const known = (await rotationOf(secret)) ?? refuse('PRECONDITION_FAILED', `nothing is known of the rotation of ${secret.ref}`);
  const at = forgottenAt(known);
  return at !== null && at <= secret.job.deps.now() ? { ...known, refusals: 0, refusedAt: null } : known;
}

/** When the BMC will have forgotten the logins that it refused; null when waiting does not help. */
export function forgottenAt({ refusedAt, lockout: { forgetsMs } }: Rotation): number | null {
  return refusedAt === null || forgetsMs === null ? null : refusedAt + forgetsMs;
}

export async function noteOf(secret: NewSecret, change: Partial<Rotation>): Promise<void> {
  await secret.job.deps.credentials.note(secret.target.id, { ...(await standing(secret)), ...change });
}

/** The BMC did not look at the password: it was not sent, or there was no room or time for a login. */
function saysNothing(error: unknown): boolean {
  if (error instanceof IpmiError) return UNASKED.has(error.code);
  return error instanceof RedfishError && (error.sent === false || error.code === 'BUSY' || error.code === 'SESSION_LIMIT');
}

/** Before a proof of the password leaves. */
const UNASKED: ReadonlySet<IpmiCode> = new Set<IpmiCode>([
  'TOOL_MISSING',
  'TOOL_TOO_OLD',
  'BAD_CREDENTIAL',
  'UNREACHABLE',
  'CIPHER_REFUSED',
  'SESSION_LIMIT',
]);

async function triedOverRedfish(
  secret: NewSecret,
  trial: Trial,
  notCounted: (error: unknown) => Promise<never>,
): Promise<Exclude<Tried, 'unaffordable'>> {
  const connection = await opened(secret, trial.login).catch(notCounted);
  return connection === null ? 'refused' : within(secret, connection, trial);
}

/** A session and the question which device this is are one there. */
async function triedOverIpmi({ job }: NewSecret, target: IpmiTarget, { login, identity }: Trial): Promise<Exclude<Tried, 'unaffordable'>> {
  const connection = await job.deps.overIpmi(target, login, job.signal);
  try {
    await requireIpmiDevice(connection, job, identity);
    return 'works';
  } catch (error) {
    if (error instanceof IpmiError && error.code === 'LOGIN_REFUSED') return 'refused';
    throw error;
  } finally {
    await connection.close();
  }
}

/** Null: refused. */
async function opened({ job, target }: NewSecret, login: Login): Promise<Connection | null> {
  const { deps, context, series, signal } = job;
  try {
    return await onRecord(series, () => deps.tryLogin(context.case, target, series, login, signal));
  } catch (error) {
    if (isRefusal(error)) return null;
    throw error;
  }
}

/** Under Basic the first read is the login. In a session it is over, and what goes wrong from here on refuses nothing. */
async function within(
  secret: NewSecret,
  connection: Connection,
  { which, identity, sees }: Trial,
): Promise<Exclude<Tried, 'unaffordable'>> {
  try {
    if (connection.auth === 'session') await noteOf(secret, FORGOTTEN);
    // Of one that must be changed first nothing else is to be seen than that it logs in still.
    if ((await lookAtDevice(connection, secret.job, identity)) === 'hidden')
      return which === 'old' && (await standing(secret)).demanded ? 'works' : 'restricted';
    await sees?.(recordingReader(connection, secret.job.series, 'observe'));
    return 'works';
  } catch (error) {
    if (isRefusal(error)) return 'refused';
    throw error;
  } finally {
    await connection.close();
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof RedfishError && error.code === 'LOGIN_REFUSED';
}

const FORGOTTEN = { refusals: 0, refusedAt: null } as const;

/** A good login makes a BMC forget those that it refused; a refusal is remembered, so that nobody asks twice after a crash. */
function evidenceOf(which: 'old' | 'new', said: Exclude<Tried, 'unaffordable'>): Partial<Rotation> {
  if (said !== 'refused') return which === 'old' ? { ...FORGOTTEN, oldRefused: false } : FORGOTTEN;
  return which === 'old' ? { oldRefused: true } : { newRefused: true };
}
