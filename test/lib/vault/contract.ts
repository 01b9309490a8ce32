import { describe, expect, test } from 'vitest';
import { Secret, type Credential } from '../../../lib/vault/secret.js';
import type { Pending, Vault, Versioned } from '../../../lib/vault/vault.js';
import { codeOf } from '../../support/code-of.js';

/** One store under test. */
export interface Bench {
  /** A client of its own, as another worker has it. */
  open(): Vault;
  /** A reference that no other test uses. */
  fresh(): string;
  /** What a person does without us. */
  write(reference: string, credential: Credential): Promise<void>;
}

export const login = (password: string): Credential => ({ userName: 'root', password: Secret.of(password) });

/** What the rotation stands on, whatever the store. */
export function holdsTheContract(bench: () => Bench): void {
  const setUp = (): {
    readonly vault: Vault;
    readonly other: Vault;
    readonly name: string;
    readonly person: (text: string) => Promise<void>;
  } => {
    const name = bench().fresh();
    return { vault: bench().open(), other: bench().open(), name, person: (text) => bench().write(name, login(text)) };
  };

  describe('a vault', () => {
    test('has nothing current and nothing pending of a new secret', async () => {
      const { vault, name } = setUp();
      expect([await codeOf(vault.read(name)), await vault.pending(name)]).toEqual(['NOT_FOUND', null]);
    });

    test('counts what people write as versions, and keeps the old ones', async () => {
      const { vault, name, person } = setUp();
      await person('one');
      await person('two');
      expect([shown(await vault.read(name)), shown(await vault.read(`${name}@1`)), await codeOf(vault.read(`${name}@3`))]).toEqual([
        ['two', 2, null],
        ['one', 1, null],
        'NOT_FOUND',
      ]);
    });

    test('keeps a pending credential beside the current one, with the version it was made from', async () => {
      const { vault, other, name, person } = setUp();
      await person('old');
      const seen: unknown[] = [];
      await vault.createPending(name, 'k1', (current) => {
        seen.push(current && shown(current));
        return login('new');
      });
      expect([seen, shown(await other.read(name)), waiting(await other.pending(name))]).toEqual([
        [['old', 1, null]],
        ['old', 1, null],
        ['new', 'k1', 1],
      ]);
    });

    test('makes nothing twice under one key, before and after it is current', async () => {
      const { vault, name } = setUp();
      await vault.createPending(name, 'k1', () => login('new'));
      await vault.createPending(name, 'k1', never);
      expect(waiting(await vault.pending(name))).toEqual(['new', 'k1', 0]);
      await vault.promote(name, 'k1');
      await vault.createPending(name, 'k1', never);
      expect([await vault.pending(name), shown(await vault.read(name))]).toEqual([null, ['new', 1, 'k1']]);
    });

    test('lets nobody put a second pending credential in the place of one', async () => {
      const { vault, other, name } = setUp();
      await vault.createPending(name, 'k1', () => login('new'));
      expect(await codeOf(other.createPending(name, 'k2', never))).toBe('PENDING_EXISTS');
      expect(waiting(await vault.pending(name))).toEqual(['new', 'k1', 0]);
    });

    test('makes a pending credential from the version that the reference names, and from no other', async () => {
      const { vault, name, person } = setUp();
      expect(await codeOf(vault.createPending(`${name}@1`, 'k1', never))).toBe('NOT_FOUND');
      await person('old');
      expect(await codeOf(vault.createPending(`${name}@2`, 'k1', never))).toBe('VERSION_CONFLICT');
      await vault.createPending(`${name}@1`, 'k1', () => login('new'));
      expect(waiting(await vault.pending(name))).toEqual(['new', 'k1', 1]);
    });

    test('promotes by the key, again with the same answer, also after the next one', async () => {
      const { vault, other, name, person } = setUp();
      await person('old');
      await vault.createPending(name, 'k1', () => login('new'));
      expect([await vault.promote(name, 'k1'), await other.promote(name, 'k1')]).toEqual([2, 2]);
      expect([shown(await other.read(name)), await other.pending(name), shown(await vault.read(`${name}@1`))]).toEqual([
        ['new', 2, 'k1'],
        null,
        ['old', 1, null],
      ]);
      await vault.createPending(name, 'k2', () => login('newer'));
      expect([await vault.promote(name, 'k2'), await vault.promote(name, 'k1')]).toEqual([3, 2]);
      expect(shown(await vault.read(name))).toEqual(['newer', 3, 'k2']);
    });

    test('promotes nothing that is not pending', async () => {
      const { vault, name } = setUp();
      expect(await codeOf(vault.promote(name, 'k1'))).toBe('NOT_FOUND');
      await vault.createPending(name, 'k1', () => login('new'));
      expect(await codeOf(vault.promote(name, 'k2'))).toBe('NOT_FOUND');
      expect(waiting(await vault.pending(name))).toEqual(['new', 'k1', 0]);
    });

    test('promotes nothing over what a person wrote meanwhile, and keeps both', async () => {
      const { vault, name, person } = setUp();
      await person('old');
      await vault.createPending(name, 'k1', () => login('new'));
      await person('by hand');
      expect(await codeOf(vault.promote(name, 'k1'))).toBe('VERSION_CONFLICT');
      expect([shown(await vault.read(name)), waiting(await vault.pending(name))]).toEqual([
        ['by hand', 2, null],
        ['new', 'k1', 1],
      ]);
    });

    test('goes over what a person wrote when it is told that very version, again with the same answer, and makes room', async () => {
      const { vault, other, name, person } = setUp();
      await person('old');
      await vault.createPending(name, 'k1', () => login('new'));
      await person('by hand');
      await person('by hand again');
      expect(await codeOf(vault.promote(name, 'k1', 2))).toBe('VERSION_CONFLICT');
      expect([await vault.promote(name, 'k1', 3), await other.promote(name, 'k1', 3), await vault.promote(name, 'k1')]).toEqual([4, 4, 4]);
      expect([shown(await vault.read(name)), shown(await vault.read(`${name}@3`)), await other.pending(name)]).toEqual([
        ['new', 4, 'k1'],
        ['by hand again', 3, null],
        null,
      ]);
      await other.createPending(name, 'k2', () => login('newer'));
      expect(waiting(await vault.pending(name))).toEqual(['newer', 'k2', 4]);
    });

    test('still knows what it promoted after a person has written over it', async () => {
      const { vault, name, person } = setUp();
      await vault.createPending(name, 'k1', () => login('new'));
      await vault.promote(name, 'k1');
      await person('by hand');
      expect([await vault.promote(name, 'k1'), shown(await vault.read(name))]).toEqual([1, ['by hand', 2, null]]);
    });

    test('makes room for the next one when a pending credential is set aside, whose key then stays used', async () => {
      const { vault, other, name } = setUp();
      await vault.createPending(name, 'k1', () => login('refused'));
      await vault.setAside(name, 'k1');
      await other.setAside(name, 'k1');
      expect([await vault.pending(name), await codeOf(vault.promote(name, 'k1'))]).toEqual([null, 'NOT_FOUND']);
      await vault.createPending(name, 'k1', never);
      await vault.createPending(name, 'k2', () => login('new'));
      await other.setAside(name, 'k1');
      expect(waiting(await vault.pending(name))).toEqual(['new', 'k2', 0]);
    });

    test('sets nothing aside that is current', async () => {
      const { vault, name } = setUp();
      await vault.createPending(name, 'k1', () => login('new'));
      await vault.promote(name, 'k1');
      await vault.setAside(name, 'k1');
      expect(shown(await vault.read(name))).toEqual(['new', 1, 'k1']);
    });

    test('lets one of many workers win, and tells all of them the same', async () => {
      const { name } = setUp();
      const workers = Array.from({ length: 6 }, () => bench().open());
      const made = await Promise.all(
        workers.map((vault, at) => codeOf(vault.createPending(name, `k${String(at)}`, () => login(`p${String(at)}`)))),
      );
      expect(made.filter((code) => code === 'resolved')).toHaveLength(1);
      const winner = made.indexOf('resolved');
      expect(made.filter((code) => code === 'PENDING_EXISTS')).toHaveLength(workers.length - 1);
      expect(await Promise.all(workers.map((vault) => vault.promote(name, `k${String(winner)}`)))).toEqual(workers.map(() => 1));
      expect(shown(await bench().open().read(name))).toEqual([`p${String(winner)}`, 1, `k${String(winner)}`]);
    });

    test('keeps secrets with every character there is', async () => {
      const { vault, name } = setUp();
      const odd = '\'"\\ $`%&<>\t{}é€😀';
      await vault.createPending(name, 'k1', () => login(odd));
      await vault.promote(name, 'k1');
      expect(shown(await vault.read(name))).toEqual([odd, 1, 'k1']);
    });
  });
}

function never(): Credential {
  throw new Error('a second credential was made');
}

export function shown({ credential, version, key }: Versioned): readonly unknown[] {
  return [credential.password.reveal(), version, key];
}

export function waiting(pending: Pending | null): readonly unknown[] | null {
  return pending && [pending.credential.password.reveal(), pending.key, pending.base];
}
