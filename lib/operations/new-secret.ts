import type { Digest } from '../model/json.js';
import type { Order } from '../model/operation.js';
import { unshared } from '../model/secret-reference.js';
import type { Target } from '../model/site.js';
import { inventoryReference, ownReference } from '../login/own-login.js';
import { IpmiError } from '../ipmi/errors.js';
import { RedfishError } from '../redfish/errors.js';
import { identityDigest, readShownIdentity } from '../redfish/identity.js';
import type { Connection, Login } from '../redfish/types.js';
import { recordingReader } from '../steps/reader.js';
import type { Rotation } from '../store/credentials.js';
import { digestOf } from '../trust/canonical.js';
import { VaultError } from '../vault/error.js';
import { atVersion } from '../vault/reference.js';
import type { Pending, Vault, Versioned } from '../vault/vault.js';
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
 * What the new secret replaces: for our own login the one that we use now, which may be kept under another reference; else the version that the new one
 * was made from, or that somebody wrote over it, or for another account the secret that it shared until now. What is current now is not looked at: it may
 * be something that the BMC never heard of. Null: none.
 */
export async function oldLogin(
  { job, target, ref, vault }: NewSecret,
  { ours, over }: Pick<Rotation, 'ours' | 'over'>,
  { base }: Pick<Pending, 'base'>,
): Promise<Login | null> {
  const reference = ours ? await ownReference(target, job.deps) : ref;
  const version = over ?? base;
  if (reference === ref && version !== 0) return (await found(vault, atVersion(ref, version)))?.credential ?? null;
  const elsewhere = reference === ref ? await sharedBefore(job, target, ref) : reference;
  return elsewhere === null ? null : ((await found(job.deps.vaultOf(elsewhere), elsewhere))?.credential ?? null);
}

async function sharedBefore({ deps }: Job, target: Target, ref: string): Promise<string | null> {
  const inventory = inventoryReference(target, await deps.credentials.read(target.id));
  const listed = [inventory, ...target.allow.accounts.map(({ secret }) => secret)];
  return listed.find((secret) => secret !== undefined && unshared(secret, target.id) === ref) ?? null;
}

/** What somebody wrote into the vault after the pending credential was made from what was there; null: nothing. 0: it is gone altogether. */
export async function writtenSince({ vault, ref }: NewSecret, { base }: Pending): Promise<number | null> {
  const version = (await found(vault, ref))?.version ?? 0;
  return version === base ? null : version;
}

async function found(vault: Vault, reference: string): Promise<Versioned | null> {
  return vault.read(reference).catch((error: unknown) => {
    if (error instanceof VaultError && error.code === 'NOT_FOUND') return null;
    throw error;
  });
}

/** A secret that works on another device proves nothing. */
export async function requireDevice(connection: Connection, job: Pick<Job, 'series'>, planned: Digest<'identity'>): Promise<void> {
  if ((await lookAtDevice(connection, job, planned)) === 'hidden')
    refuse('PASSWORD_CHANGE_REQUIRED', 'the BMC does not say which device it is before our login has changed its password');
}

/** Whether who answers is the device that was planned for. `hidden`: it does not say before this login has changed its password. Refuses with WRONG_DEVICE. */
export async function lookAtDevice(
  connection: Connection,
  { series }: Pick<Job, 'series'>,
  planned: Digest<'identity'>,
): Promise<'planned' | 'hidden'> {
  const reader = recordingReader(connection, series, 'identity');
  const { identity, refusal } = await readShownIdentity((uri) => reader.get(uri));
  if (refusal !== null) return 'hidden';
  if (identityDigest(identity) !== planned)
    refuse('WRONG_DEVICE', 'another serial number or UUID answers than the one that was planned for');
  return 'planned';
}

/** A BMC that starts again, or a vault that is down, says nothing about the secret: that costs no look, and is bounded by the operation's limit. */
export async function patiently(look: () => Promise<Look>): Promise<Look> {
  try {
    return await look();
  } catch (error) {
    const passing = (error instanceof RedfishError || error instanceof IpmiError || error instanceof VaultError) && PASSING.has(error.code);
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
