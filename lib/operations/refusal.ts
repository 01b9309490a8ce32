import type { Digest } from '../model/json.js';
import type { Send } from '../model/operation.js';
import type { Target } from '../model/site.js';
import type { Rotation } from '../store/credentials.js';
import type { Look, Workbench } from './bench.js';
import { refuse } from './error.js';
import type { Hand } from './hand.js';
import type { Job } from './job.js';
import { newSecret, oldLogin, patiently, rotationOf, tryLogin, type NewSecret } from './new-secret.js';

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

async function observe(secret: NewSecret, identity: Digest<'identity'>): Promise<Look> {
  const { job, target } = secret;
  const rotation = await requireNew(secret);
  const old = await oldLogin(secret, rotation.ours);
  const said = old === null ? 'refused' : await tryLogin(secret, 'old', old, identity);
  if (said === 'unaffordable') return { is: 'unknown', code: 'LOCKOUT_NEAR' };
  const now = await requireNew(secret);
  const isRefused = said === 'refused';
  await job.deps.credentials.note(target.id, { ...now, state: isRefused ? 'new' : 'both', oldRefused: isRefused });
  return isRefused ? { is: 'done' } : { is: 'failed', code: 'BOTH_ACCEPTED' };
}
