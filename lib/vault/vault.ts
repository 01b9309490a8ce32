import type { Credential } from './secret.js';

/**
 * A store of credentials with versions. A credential is replaced in two steps: a pending one is kept beside the current one before anything of it
 * leaves this process, and becomes current once the BMC takes it. Every step may be repeated, by another worker and after a crash at any moment;
 * a key names one pending credential for ever, and is never used for a second. Every method throws a VaultError, which never holds a secret.
 */
export interface Vault {
  /** The version that the reference names (`@N`), else the current one. Throws NOT_FOUND. */
  read(reference: string): Promise<Versioned>;
  /**
   * Create-only: a pending credential beside the current one, made by `make` only if there is none. What is made and not kept is forgotten: take the
   * credential from `pending`. The same key again changes nothing, also after it was promoted or set aside. With `@N` the current version must be N.
   * Throws PENDING_EXISTS when another key is pending, VERSION_CONFLICT for another version than N, NOT_FOUND when there is no current one for it.
   */
  createPending(reference: string, key: string, make: (current: Versioned | null) => Credential): Promise<void>;
  /** Null when there is none. */
  pending(reference: string): Promise<Pending | null>;
  /**
   * Compare-and-set: the pending credential of this key becomes the current one, if the current one still is the version it was made from, or is version
   * `over`, which somebody wrote meanwhile and which was seen not to work. Again with the same key: the same answer, nothing changed. Throws
   * VERSION_CONFLICT, and NOT_FOUND when no pending credential has the key. Returns the new version.
   */
  promote(reference: string, key: string, over?: number | null): Promise<number>;
  /** Takes the pending credential of this key out of the way, and keeps it: a secret that may have reached a BMC is never destroyed. Again: no-op. */
  setAside(reference: string, key: string): Promise<void>;
}

export interface Versioned {
  readonly credential: Credential;
  readonly version: number;
  /** The key under which it was pending; null when a person wrote it. */
  readonly key: string | null;
}

export interface Pending {
  readonly credential: Credential;
  readonly key: string;
  /** Version of the current one when it was made; 0: there was none. */
  readonly base: number;
}
