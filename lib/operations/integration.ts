import { IntegrationError } from '../integrations/error.js';
import type { Integration } from '../integrations/command.js';
import type { PasswordRules } from '../model/password.js';
import type { Send } from '../model/operation.js';
import { digestOf } from '../trust/canonical.js';
import { VaultError } from '../vault/error.js';
import type { Vault, Versioned } from '../vault/vault.js';
import type { Look, Prepared, Workbench } from './bench.js';
import { refuse } from './error.js';
import type { Hand } from './hand.js';
import type { Job } from './job.js';

/** One secret of another server, in one incident. */
interface Renewal {
  readonly job: Job;
  readonly ref: string;
  readonly vault: Vault;
  readonly integration: Integration;
  /** Of the pending credential: the same for every BMC that holds the secret, so that one incident renews it once. */
  readonly key: string;
}

/** Nobody types it, and no IPMI carries it. */
const RULES: PasswordRules = { minLength: 32, maxLength: 32, classes: ['lower', 'upper', 'digit'] };

/**
 * Gives another server a new secret: pending in the vault before the site's command hears of it, current there once the command's status shows that the
 * server takes it. No BMC is told.
 */
export async function onIntegration<T>(
  job: Job,
  bench: Workbench,
  send: Send & { kind: 'integration' },
  work: (hand: Hand) => Promise<T>,
): Promise<T> {
  const { deps, order } = job;
  const renewal: Renewal = {
    job,
    ref: send.ref,
    vault: deps.vaultOf(send.ref),
    integration: await deps.integration(order.incident, send.name, bench.shield.signal),
    key: digestOf<'rotation'>({ integration: send.name, incident: order.incident, ref: send.ref }),
  };
  return work({
    bench,
    requireDevice: () => Promise.resolve(),
    prepare: () => prepare(renewal),
    observe: () => observe(renewal),
  });
}

async function prepare(renewal: Renewal): Promise<Prepared | null> {
  const { vault, ref, key, integration } = renewal;
  const current = await currentOf(renewal);
  if (current === null) refuse('PRECONDITION_FAILED', `${ref} holds no login, so that nobody knows whose secret is to be renewed`);
  // Another BMC of this incident that holds it came first.
  if (current.key === key) return null;
  const pending = await vault.pending(ref);
  if (pending !== null && pending.key !== key)
    refuse('PENDING_EXISTS', `${ref} has a pending secret of something else; look into the vault`);
  // The command is asked before anything is claimed: one that is not there changes nothing.
  await integration.inForce();
  return { seen: {}, act: () => renew(renewal, current) };
}

async function renew(renewal: Renewal, { credential: { userName } }: Versioned): Promise<Look> {
  const { job, vault, ref, key, integration } = renewal;
  await vault.createPending(ref, key, () => ({ userName, password: job.deps.makePassword(RULES) }));
  const pending = await vault.pending(ref);
  if (pending !== null) {
    await job.series.record('secret.kept', { secret: ref, as: 'pending' });
    try {
      await integration.replace(key, pending.credential);
    } catch (error) {
      if (error instanceof IntegrationError && error.code === 'INTEGRATION_REFUSED') return { is: 'failed', code: error.code };
      if (!(error instanceof IntegrationError)) throw error;
    }
  }
  return observe(renewal);
}

/** What the server takes is what the command's status says, whatever became of the command that told it. */
async function observe(renewal: Renewal): Promise<Look> {
  const { job, vault, ref, key, integration } = renewal;
  if ((await currentOf(renewal))?.key === key) return { is: 'done' };
  // The claim was made and the worker died before it kept a secret, and so before the command heard of one.
  if ((await vault.pending(ref))?.key !== key) return { is: 'failed', code: 'NOT_SENT' };
  if ((await integration.inForce()) !== key) return { is: 'unsettled', shown: true, acknowledged: true };
  const version = await vault.promote(ref, key);
  await job.series.record('secret.kept', { secret: ref, as: 'current', version, uses: null });
  return { is: 'done' };
}

async function currentOf({ vault, ref }: Renewal): Promise<Versioned | null> {
  return vault.read(ref).catch((error: unknown) => {
    if (error instanceof VaultError && error.code === 'NOT_FOUND') return null;
    throw error;
  });
}
