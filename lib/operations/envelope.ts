import { createMessage, encrypt, type PublicKey } from 'openpgp';
import { time, type Id } from '../model/json.js';
import type { Send } from '../model/operation.js';
import type { Target } from '../model/site.js';
import { armorMessage } from '../trust/armor.js';
import { usable } from '../vault/sealer.js';
import type { Credential } from '../vault/secret.js';
import type { Look, Workbench } from './bench.js';
import { refuse } from './error.js';
import type { Hand } from './hand.js';
import type { Job } from './job.js';
import { newSecret, patiently, requirePending, type NewSecret } from './new-secret.js';

type EnvelopeSend = Send & { kind: 'envelope' };

/**
 * Gives the holders of a break-glass account its secret, in a file that each of them opens with stock gpg and nobody else can, so that they do not
 * need us, the vault or the network on the day that it counts. It may be written again and again, so that looking is to do it again.
 */
export async function onEnvelope<T>(
  job: Job,
  target: Target,
  bench: Workbench,
  send: EnvelopeSend,
  work: (hand: Hand) => Promise<T>,
): Promise<T> {
  const secret = newSecret(job, target, send.ref);
  const act = (): Promise<Look> => patiently(() => sealed(secret, send));
  return work({
    bench,
    requireDevice: () => Promise.resolve(),
    async prepare() {
      await recipients(secret, send.holders);
      return { seen: {}, act };
    },
    observe: act,
  });
}

async function sealed(secret: NewSecret, send: EnvelopeSend): Promise<Look> {
  const { job, target, ref, vault } = secret;
  const encryptionKeys = await recipients(secret, send.holders);
  const { credential } = send.act === 'write' ? await requirePending(secret) : await vault.read(ref);
  const armored = await armoredFor(encryptionKeys, textOf(target, credential, job.deps.now()));
  await job.deps.envelopes[send.act](target.id, send.userName, armored);
  const keys = encryptionKeys.map((key) => key.getFingerprint().toUpperCase());
  await job.series.record('secret.kept', {
    secret: ref,
    as: send.act === 'write' ? 'pending, sealed' : 'current, sealed',
    holders: send.holders.join(' '),
    keys: keys.join(' '),
  });
  return { is: 'done' };
}

async function armoredFor(encryptionKeys: PublicKey[], text: string): Promise<string> {
  // gpg 2.2 reads no AEAD.
  const config = { aeadProtect: false } as const;
  return armorMessage(await encrypt({ message: await createMessage({ text }), encryptionKeys, format: 'binary', config }));
}

/** All keys of all holders. One holder whom nothing can be sealed to is one too few: nobody finds that out on the worst day. */
async function recipients({ job: { deps, order } }: NewSecret, holders: readonly Id<'person'>[]): Promise<PublicKey[]> {
  const keys: PublicKey[] = [];
  for (const holder of holders) {
    const theirs = await Promise.all((await deps.certificates(order.incident, holder)).map(usable));
    const found = theirs.filter((key) => key !== null);
    if (found.length === 0)
      refuse(
        'PRECONDITION_FAILED',
        `nothing can be sealed to ${holder}: none of their keys can be encrypted to now; give them one, or another holder`,
      );
    keys.push(...found);
  }
  return keys;
}

function textOf({ id, address }: Target, { userName, password }: Credential, now: number): string {
  return `${JSON.stringify({ target: id, address, userName, password: password.reveal(), sealedAt: time(now) })}\n`;
}
