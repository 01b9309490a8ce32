import { readSecretReference } from '../model/secret-reference.js';
import { VaultError } from './error.js';
import type { Versioned } from './vault.js';

/** Where a reference points. */
export interface Address {
  readonly store: string;
  readonly path: string;
  /** Null: the current one. */
  readonly version: number | null;
}

/** Throws BAD_REFERENCE; stores hold whole logins, so a reference to one field of them is none. */
export function addressOf(reference: string): Address {
  const parts = readSecretReference(reference);
  if (parts?.field !== null || !VERSION.test(parts.version ?? '1')) throw badReference();
  const { store, path, version } = parts;
  return { store, path, version: version === null ? null : Number(version) };
}

/** The same secret, as it was in this version. */
export function atVersion(reference: string, version: number): string {
  const { store, path } = addressOf(reference);
  return `vault://${store}/${path}@${String(version)}`;
}

/** Does not quote what it got: people have been known to write the password where its reference belongs. */
export function badReference(): VaultError {
  return new VaultError(
    'BAD_REFERENCE',
    'expected vault://STORE/NAME or vault://STORE/NAME@VERSION with letters, digits, ".", "_" and "-" in NAME, got something else',
  );
}

/** What has to hold when the reference names the version that a pending credential is to be made from. */
export function requireBase(reference: string, version: number | null, current: Versioned | null): void {
  if (version === null || version === current?.version) return;
  if (current === null) throw new VaultError('NOT_FOUND', `${reference}: there is no current credential`);
  throw new VaultError('VERSION_CONFLICT', `${reference}: the current credential is version ${String(current.version)}`);
}

export function notFound(reference: string): VaultError {
  return new VaultError('NOT_FOUND', `${reference}: the store has no such secret; write it as docs/site.md describes under "Secrets"`);
}

export function nothingPending(reference: string, key: string): VaultError {
  return new VaultError('NOT_FOUND', `${reference}: nothing is pending under the key ${key}`);
}

export function pendingExists(reference: string, key: string): VaultError {
  return new VaultError('PENDING_EXISTS', `${reference}: another credential is pending, under the key ${key}`);
}

export function versionConflict(reference: string, base: number, current: number): VaultError {
  return new VaultError(
    'VERSION_CONFLICT',
    `${reference}: the pending credential was made from version ${String(base)}, and the store is at ${String(current)}; find out who wrote that, and which of them the BMC takes`,
  );
}

const VERSION = /^[1-9]\d{0,8}$/;
