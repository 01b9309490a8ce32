import type { Digest } from '../model/json.js';
import type { Send } from '../model/operation.js';
import type { Target } from '../model/site.js';
import type { Rotation } from '../store/credentials.js';
import type { Look, Workbench } from './bench.js';
import { refuse } from './error.js';
import type { Hand } from './hand.js';
import type { Job } from './job.js';
import { newSecret, oldLogin, patiently, requirePending, rotationOf, type NewSecret } from './new-secret.js';
import { noteOf, tryLogin, type Trial } from './try-login.js';

/** The secret that was replaced must be refused: one that still works is the attacker's. Often that was seen while the new one was tried. */
export async function withOldSecret<T>(
  job: Job,
  target: Target,
  bench: Workbench,
  send: Send & { kind: 'refusal' },
  identity: Digest<'identity'>,
  work: (hand: Hand) => Promise<T>,
): Promise<T> {
  const secret = newSecret(job, target, send.ref);
  return work({
    bench,
    requireDevice: () => Promise.resolve(),
    async prepare() {
      const { oldRefused } = await requireNew(secret);
      return oldRefused ? null : { seen: {}, act: () => patiently(() => observe(secret, identity)) };
    },
    observe: () => patiently(() => observe(secret, identity)),
  });
}

async function requireNew(secret: NewSecret): Promise<Rotation> {
  const rotation = await rotationOf(secret);
  if (rotation?.state !== 'new' && rotation?.state !== 'both')
    return refuse('PRECONDITION_FAILED', `the new secret of ${secret.ref} is not proven to work`);
  return rotation;
}

/** A good login before and after it, so that the one that is refused never adds to another. */
async function observe(secret: NewSecret, identity: Digest<'identity'>): Promise<Look> {
  const rotation = await requireNew(secret);
  if (rotation.oldRefused) return { is: 'done' };
  const pending = await requirePending(secret);
  const fresh: Trial = { which: 'new', login: pending.credential, identity, proven: true };
  if (rotation.refusals > 0 && (await tryLogin(secret, fresh)) === 'refused') return refusedAgain(secret);
  const old = await oldLogin(secret, rotation, pending);
  const said = old === null ? 'refused' : await tryLogin(secret, { which: 'old', login: old, identity });
  if (said === 'unaffordable') return { is: 'unknown', code: 'LOCKOUT_NEAR' };
  // Whoever gets in, if only to change the password, was not refused.
  if (said !== 'refused') return whileOldWorks(secret, fresh);
  await noteOf(secret, { state: 'new', oldRefused: true });
  return old !== null && (await tryLogin(secret, fresh)) === 'refused' ? refusedAgain(secret) : { is: 'done' };
}

/** Somebody may have given it back to the account after the new one was proven. */
async function whileOldWorks(secret: NewSecret, fresh: Trial): Promise<Look> {
  const both = (await tryLogin(secret, fresh)) !== 'refused';
  await noteOf(secret, { state: both ? 'both' : 'old', oldRefused: false });
  return { is: 'failed', code: both ? 'BOTH_ACCEPTED' : 'NEW_REFUSED' };
}

/** It worked before: somebody changed it meanwhile, or locked the account. */
async function refusedAgain(secret: NewSecret): Promise<Look> {
  await noteOf(secret, { state: 'neither' });
  return { is: 'unknown', code: 'NEW_REFUSED' };
}
