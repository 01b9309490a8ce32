import type { Digest } from '../model/json.js';
import type { Order } from '../model/operation.js';
import { unshared } from '../model/secret-reference.js';
import type { Target } from '../model/site.js';
import { ownReference } from '../login/own-login.js';
import { RedfishError } from '../redfish/errors.js';
import { identityDigest, readIdentity } from '../redfish/identity.js';
import type { Connection, Login } from '../redfish/types.js';
import { recordingReader } from '../steps/reader.js';
import type { Rotation } from '../store/credentials.js';
import { digestOf } from '../trust/canonical.js';
import { VaultError } from '../vault/error.js';
import type { Pending, Vault } from '../vault/vault.js';
import type { Look } from './bench.js';
import { refuse } from './error.js';
import type { Job } from './job.js';

/** One secret of a target that a section replaces. */
export interface NewSecret {
  readonly job: Job;
  readonly target: Target;
  readonly ref: string;
  readonly vault: Vault;
}

export function newSecret(job: Job, target: Target, ref: string): NewSecret {
  return { job, target, ref, vault: job.deps.vaultOf(ref) };
}

/**
 * Pending credentials of one secret of one target have keys that begin alike: a later signed attempt, another plan and another incident go on with
 * what the first one left, or a rotation that parked could never be ended. The rest of a key is its attempt's own, since a key serves once.
 */
export function pendingKey({ ref, job: { order } }: NewSecret): string {
  const { incident, plan, retry, subject } = order;
  return `${prefixOf(ref, subject)}-${digestOf<'attempt'>({ incident, plan, retry })}`;
}

export function isOfTarget(key: string, { ref, job: { order } }: NewSecret): boolean {
  return key.startsWith(`${prefixOf(ref, order.subject)}-`);
}

function prefixOf(ref: string, subject: Order['subject']): Digest<'rotation'> {
  return digestOf<'rotation'>({ ref, subject });
}

/** The pending credential of this target. PRECONDITION_FAILED when there is none. */
export async function requirePending(secret: NewSecret): Promise<Pending> {
  const pending = await secret.vault.pending(secret.ref);
  if (pending === null || !isOfTarget(pending.key, secret))
    return refuse('PRECONDITION_FAILED', `${secret.ref} has no pending secret of ${secret.target.id}; plan again`);
  return pending;
}

/** What is known of this secret's rotation, whoever began it. */
export async function rotationOf({ job, target, ref }: NewSecret): Promise<Rotation | null> {
  const { rotations } = await job.deps.credentials.read(target.id);
  return rotations.find((one) => one.ref === ref) ?? null;
}

/**
 * What the new secret replaces, which may be kept under another reference: for our own login the one that we use now, for another account the one that
 * it shared until now. Null when there was none.
 */
export async function oldLogin({ job, target, ref }: NewSecret, ours: boolean): Promise<Login | null> {
  if (ours) return currentOf(job, await ownReference(target, job.deps));
  const shared = target.allow.accounts.find(({ secret }) => secret !== undefined && unshared(secret, target.id) === ref)?.secret;
  return (await currentOf(job, ref)) ?? (shared === undefined ? null : currentOf(job, shared));
}

async function currentOf({ deps }: Job, reference: string): Promise<Login | null> {
  return deps
    .vaultOf(reference)
    .read(reference)
    .then(
      ({ credential }) => credential,
      (error: unknown) => {
        if (error instanceof VaultError && error.code === 'NOT_FOUND') return null;
        throw error;
      },
    );
}

/** A secret that works on another device proves nothing. */
export async function requireDevice(connection: Connection, { series }: Pick<Job, 'series'>, planned: Digest<'identity'>): Promise<void> {
  const reader = recordingReader(connection, series, 'identity');
  if (identityDigest(await readIdentity((uri) => reader.get(uri))) !== planned)
    refuse('WRONG_DEVICE', 'another serial number or UUID answers than the one that was planned for');
}

/** A BMC that starts again, or a vault that is down, says nothing about the secret: that costs no look, and is bounded by the operation's limit. */
export async function patiently(look: () => Promise<Look>): Promise<Look> {
  try {
    return await look();
  } catch (error) {
    const passing = (error instanceof RedfishError || error instanceof VaultError) && PASSING.has(error.code);
    if (!passing) throw error;
    return { is: 'running', progress: error.message };
  }
}

const PASSING: ReadonlySet<string> = new Set([
  'UNREACHABLE',
  'TLS_FAILED',
  'TIMEOUT',
  'DROPPED',
  'BUSY',
  'SESSION_LIMIT',
  'LOGIN_FAILED',
  'SEALED',
  'FORBIDDEN',
  'UNREADABLE',
  'UNWRITABLE',
]);
