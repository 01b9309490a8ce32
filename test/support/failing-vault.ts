import { VaultError, type VaultCode } from '../../lib/vault/error.js';
import type { Vault } from '../../lib/vault/vault.js';
import type { Secrets } from './executor-over.js';

/** How a store fails: at its n-th call, from 1, only there or from there on; `after`: the call is carried out, and its answer lost. */
export interface Failure {
  readonly at: number;
  readonly code: VaultCode;
  readonly when: 'before' | 'after';
  readonly lasts: 'once' | 'until mended';
}

/** A real store that fails on command. Whoever it fails for is told a code and nothing else, as by a store that is really gone. */
export interface FailingSecrets extends Secrets {
  /** What was asked since the last `fail`, in order. */
  readonly calls: readonly (keyof Vault)[];
  /** From now on; calls count anew. Null mends it. */
  fail(failure: Failure | null): void;
  /** Runs just before the next call of this kind is carried out, or the one of this number, once. */
  before(call: keyof Vault | number, work: () => Promise<void>): void;
}

export function failingSecrets(real: Secrets): FailingSecrets {
  const calls: (keyof Vault)[] = [];
  let failure: Failure | null = null;
  let waiting: { readonly call: keyof Vault | number; readonly work: () => Promise<void> } | null = null;
  const asked = async <T>(call: keyof Vault, work: () => Promise<T>): Promise<T> => {
    if (waiting?.call === call || waiting?.call === calls.length + 1) {
      const { work: first } = waiting;
      waiting = null;
      await first();
    }
    const nth = calls.push(call);
    const now = failure !== null && (failure.lasts === 'once' ? nth === failure.at : nth >= failure.at) ? failure : null;
    if (now === null) return work();
    if (now.when === 'after' && nth === now.at) await work();
    throw new VaultError(now.code, 'the store fails, for the test');
  };
  const over = (vault: Vault): Vault => ({
    read: (ref) => asked('read', () => vault.read(ref)),
    pending: (ref) => asked('pending', () => vault.pending(ref)),
    createPending: (ref, key, make) => asked('createPending', () => vault.createPending(ref, key, make)),
    promote: (ref, key, replaced) => asked('promote', () => vault.promote(ref, key, replaced)),
    setAside: (ref, key) => asked('setAside', () => vault.setAside(ref, key)),
  });
  return {
    ...real,
    stores: {
      vaultOf: (ref) => over(real.stores.vaultOf(ref)),
      read: (ref) => real.stores.read(ref),
      serverOf: (store) => real.stores.serverOf(store),
    },
    calls,
    fail(next) {
      failure = next;
      calls.length = 0;
    },
    before(call, work) {
      waiting = { call, work };
    },
  };
}
