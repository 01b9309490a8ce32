import { PASSWORD_BYTES } from '../ipmi/change.js';
import { IpmiError } from '../ipmi/errors.js';
import type { CipherSuite } from '../ipmi/session.js';
import { ownLogin } from '../login/own-login.js';
import type { Digest } from '../model/json.js';
import type { Send } from '../model/operation.js';
import type { IpmiTarget } from '../model/site.js';
import type { Login } from '../redfish/types.js';
import { claimKey } from '../store/claims.js';
import { look } from '../steps/ipmi/look.js';
import { recordingIpmiReader } from '../steps/ipmi/reader.js';
import { readUsers, type Users } from '../steps/ipmi/users.js';
import type { Pending } from '../vault/vault.js';
import type { Prepared, Workbench } from './bench.js';
import { refuse } from './error.js';
import type { Hand } from './hand.js';
import { requireGuid } from './ipmi-device.js';
import type { Job } from './job.js';
import { lockoutFrom, strictest } from './lockout.js';
import { newSecret, oldLogin, patiently, requirePending, type NewSecret } from './new-secret.js';
import { observe, requireOld, requireUnchanged, settledBefore } from './rotation.js';
import { begun } from './try-login.js';

type Request = Send & { kind: 'ipmi' };

/** One attempt to give a user of a BMC that speaks nothing but IPMI the pending secret. */
interface Giving {
  readonly secret: NewSecret;
  readonly target: IpmiTarget;
  readonly bench: Workbench;
  readonly send: Request;
  readonly identity: Digest<'identity'>;
}

/**
 * As over Redfish: what it came to is seen by logins of their own, each a session that asks for the GUID as well, since the BMC's word is worth nothing
 * and its answer may be lost.
 */
export async function withIpmiPassword<T>(
  job: Job,
  target: IpmiTarget,
  bench: Workbench,
  send: Request,
  identity: Digest<'identity'>,
  work: (hand: Hand) => Promise<T>,
): Promise<T> {
  const secret = newSecret(job, target, send.ref);
  return work({
    bench,
    // Who answers is looked at within each session.
    requireDevice: () => Promise.resolve(),
    async prepare() {
      const known = await settledBefore(secret, identity);
      if (known?.state === 'new' || known?.state === 'both') return null;
      await requireUnchanged(secret);
      return prepare({ secret, target, bench, send, identity });
    },
    observe: () => patiently(() => observe(secret, bench, identity)),
  });
}

async function prepare(giving: Giving): Promise<Prepared> {
  const { secret, target, bench, send, identity } = giving;
  const { job, ref } = secret;
  const pending = await requirePending(secret);
  const own = await ownLogin(target, job.deps);
  const users = await usersNow(own, giving);
  requireSlot(users, send, own.userName);
  const ours = send.userName === own.userName;
  if (!ours) await requireOld(secret, pending);
  await requireShort(secret, ours, pending);
  // A user is one on all channels.
  const lockout = strictest(users.guessing.map((one) => lockoutFrom(one?.threshold ?? null, one?.resetAfterS ?? null)));
  if (lockout.bears === 0)
    refuse('PRECONDITION_FAILED', `${target.id} locks a user at the first refused login, so that no old secret can be proven dead`);
  const rotation = begun({ ref, key: pending.key, ours, lockout, demanded: false });
  return {
    seen: {},
    act: async () => {
      await job.deps.credentials.note(target.id, rotation);
      const said = await sentOnce(giving, { own, suite: users.suite, password: pending.credential.password });
      if (said !== 'not sent') return patiently(() => observe(secret, bench, identity, said === 'no' ? 'IPMI_REFUSED' : null));
      await job.deps.credentials.note(target.id, { ...rotation, state: 'old' });
      return { is: 'failed', code: 'NOT_SENT' };
    },
  };
}

/** As the planned device has them. */
async function usersNow(own: Login, { secret: { job }, target, bench, identity }: Giving): Promise<Users> {
  const connection = await job.deps.overIpmi(target, own, bench.shield.signal);
  try {
    const reader = recordingIpmiReader(connection, job.series, 'before-claim');
    const { guid, channels } = await look(reader, []);
    requireGuid(guid, identity);
    return await readUsers(reader, channels);
  } finally {
    await connection.close();
  }
}

function requireSlot(users: Users, { user, userName }: Request, own: string): void {
  const [slot, ...more] = users.slots.filter(({ name }) => name === userName);
  if (slot?.id !== user || more.length > 0 || !slot.enabled)
    refuse(
      'PRECONDITION_FAILED',
      `slot ${String(user)} is no longer the one slot of ${JSON.stringify(userName)}, which may log in; plan again`,
    );
  if (users.slots.find(({ name }) => name === own)?.privilege !== 'ADMINISTRATOR')
    refuse('PRECONDITION_FAILED', `${JSON.stringify(own)} is no longer administrator there, and only such a user may set passwords`);
}

/**
 * A BMC that was given more than 16 bytes keeps 20, and some then replace the first 16 alone, which leaves a password that nobody knows: ipmi_sim does. No
 * question tells beforehand: it also answers that any password is the right one.
 */
async function requireShort(secret: NewSecret, ours: boolean, pending: Pending): Promise<void> {
  const old = await oldLogin(secret, { ours, over: null }, pending);
  if (old !== null && Buffer.byteLength(old.password.reveal()) > PASSWORD_BYTES)
    refuse(
      'PRECONDITION_FAILED',
      `${secret.ref} holds more than ${String(PASSWORD_BYTES)} bytes, of which some BMCs replace but the first ${String(PASSWORD_BYTES)}; set a shorter one there by hand and write it into the vault, then retry`,
    );
}

async function sentOnce(
  { secret: { job }, target, bench, send }: Giving,
  { own, suite, password }: { readonly own: Login; readonly suite: CipherSuite; readonly password: Pending['credential']['password'] },
): Promise<'yes' | 'no' | 'nothing' | 'not sent'> {
  const { signal } = bench.shield;
  const change = { name: 'user set password', user: send.user, password } as const;
  let error: string | null = null;
  // Giving up between claim and answer would only lose the answer.
  const said = await bench.shield
    .during(() => job.deps.changeOverIpmi(target, { credential: own, suite, signal }, change))
    .catch((cause: unknown) => {
      if (!(cause instanceof IpmiError)) throw cause;
      error = cause.code;
      return 'not sent' as const;
    });
  await bench.series.record('operation.observed', {
    claim: claimKey(bench.order, null),
    method: 'IPMI',
    uri: `ipmi:/user/set/password/${String(send.user)}`,
    status: null,
    error,
    messages: said,
  });
  return said;
}
