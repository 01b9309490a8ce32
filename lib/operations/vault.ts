import type { Send } from '../model/operation.js';
import { inventoryReference, isInventorys } from '../login/own-login.js';
import type { Target } from '../model/site.js';
import { VaultError, type VaultCode } from '../vault/error.js';
import type { Look, Prepared, Workbench } from './bench.js';
import { refuse } from './error.js';
import type { Hand } from './hand.js';
import type { Job } from './job.js';
import type { Pending } from '../vault/vault.js';
import { isOfTarget, newSecret, patiently, pendingKey, requirePending, rotationOf, writtenSince, type NewSecret } from './new-secret.js';
import { noteOf } from './try-login.js';

type VaultSend = Send & { kind: 'vault' };

/** What a rotation does in the secret store. Each act may be repeated there, so that looking is to do it again. */
export async function onVault<T>(
  job: Job,
  target: Target,
  bench: Workbench,
  send: VaultSend,
  work: (hand: Hand) => Promise<T>,
): Promise<T> {
  const secret = newSecret(job, target, send.ref);
  const act = (): Promise<Look> => patiently(() => acted(secret, send).catch(inTheWay));
  return work({
    bench,
    requireDevice: () => Promise.resolve(),
    prepare: async () => ((await isDone(secret, send)) ? null : prepared(secret, send, act)),
    observe: act,
  });
}

/** What somebody else did in the store, which no further look changes. */
function inTheWay(error: unknown): Look {
  if (error instanceof VaultError && STANDS.has(error.code)) return { is: 'failed', code: error.code };
  throw error;
}

const STANDS: ReadonlySet<VaultCode> = new Set<VaultCode>(['PENDING_EXISTS', 'VERSION_CONFLICT', 'NOT_FOUND']);

async function isDone(secret: NewSecret, send: VaultSend): Promise<boolean> {
  const pending = await secret.vault.pending(secret.ref);
  const isPending = pending !== null && isOfTarget(pending.key, secret);
  // A signed retry goes through the section again; what it has made beside that is set aside at its end.
  if (send.act === 'promote') return isPromotedFor(secret);
  return send.act === 'create' ? isPending && !(await isStale(secret, pending)) : !isPending;
}

/** Left by an earlier attempt, never sent, and made from what is no longer current. */
async function isStale(secret: NewSecret, pending: Pending): Promise<boolean> {
  return pending.key !== pendingKey(secret) && (await rotationOf(secret)) === null && (await writtenSince(secret, pending)) !== null;
}

/** The incident's own account was proven by a login with it. */
async function isPromotedFor(secret: NewSecret): Promise<boolean> {
  const { account } = await secret.job.deps.credentials.read(secret.target.id);
  const isMade = account?.state === 'made' || account?.state === 'used';
  return isMade && account.ref === secret.ref && (await rotationOf(secret)) === null;
}

async function prepared(secret: NewSecret, send: VaultSend, act: () => Promise<Look>): Promise<Prepared> {
  if (send.act === 'promote') await requireProven(secret);
  return { seen: {}, act };
}

/** Nothing becomes current that was not seen to work, or while what it replaces works as well. */
async function requireProven(secret: NewSecret): Promise<void> {
  const rotation = await rotationOf(secret);
  if (rotation?.state !== 'new')
    refuse('PRECONDITION_FAILED', `the new secret of ${secret.ref} is not proven: it is ${rotation?.state ?? 'not sent'}`);
}

async function acted(secret: NewSecret, send: VaultSend): Promise<Look> {
  const { job, vault, ref } = secret;
  switch (send.act) {
    case 'create':
      await makeRoom(secret);
      await vault.createPending(ref, pendingKey(secret), () => ({
        userName: send.userName,
        password: job.deps.makePassword(send.rules),
      }));
      await job.series.record('secret.kept', { secret: ref, as: 'pending' });
      return { is: 'done' };
    case 'promote':
      return promoted(secret);
    case 'set-aside':
      return setAside(secret);
  }
}

async function makeRoom(secret: NewSecret): Promise<void> {
  const pending = await secret.vault.pending(secret.ref);
  if (pending !== null && isOfTarget(pending.key, secret) && (await isStale(secret, pending)))
    await secret.vault.setAside(secret.ref, pending.key);
}

async function promoted(secret: NewSecret): Promise<Look> {
  const { job, vault, target, ref } = secret;
  const rotation = await rotationOf(secret);
  // Forgotten only after all of it was done.
  if (rotation === null) return { is: 'done' };
  const version = await vault.promote(ref, rotation.key, rotation.over).catch((error: unknown) => conflicting(secret, error));
  const record = await job.deps.credentials.read(target.id);
  const uses = isInventorys(target, record, rotation) && inventoryReference(target, record) !== ref ? ref : null;
  await job.series.record('secret.kept', { secret: ref, as: 'current', version, uses });
  await job.deps.credentials.end(target.id, ref, uses);
  return { is: 'done' };
}

/** The next signed attempt sees by a login that what somebody wrote is refused, and then goes over it: never before a person has looked. */
async function conflicting(secret: NewSecret, error: unknown): Promise<never> {
  if (error instanceof VaultError && error.code === 'VERSION_CONFLICT') {
    const over = await writtenSince(secret, await requirePending(secret));
    await noteOf(secret, { over, oldRefused: false });
  }
  throw error;
}

/** A secret that the BMC may take is never put out of the way: it may be the only one that works. */
async function setAside(secret: NewSecret): Promise<Look> {
  const { job, vault, target, ref } = secret;
  const rotation = await rotationOf(secret);
  if (rotation !== null && rotation.state !== 'old') return { is: 'failed', code: 'PENDING_KEPT' };
  const pending = await vault.pending(ref);
  if (pending !== null && isOfTarget(pending.key, secret)) {
    // First: once it is set aside, nobody finds it here again.
    await job.deps.envelopes.drop(target.id, pending.credential.userName);
    await vault.setAside(ref, pending.key);
  }
  await job.series.record('secret.kept', { secret: ref, as: 'set aside' });
  await job.deps.credentials.end(target.id, ref, null);
  return { is: 'done' };
}
