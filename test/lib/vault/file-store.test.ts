import { chmod, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makePrivateFolder } from '../../../lib/files/private-file.js';
import { FileStore } from '../../../lib/vault/file-store.js';
import { Secret } from '../../../lib/vault/secret.js';
import { codeOf } from '../../support/code-of.js';

const CANARY = 'canary-51c0-do-not-print';
let folder: string;
let store: FileStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cofferdam-vault-'));
  store = new FileStore(join(folder, 'secrets'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const write = (name: string, password = CANARY): Promise<void> => store.write(name, { userName: 'root', password: Secret.of(password) });
/** As a person puts it there. */
async function byHand(name: string, password = CANARY): Promise<void> {
  await makePrivateFolder(join(folder, 'secrets'));
  await writeFile(fileOf(name), JSON.stringify({ userName: 'root', password }), { mode: 0o600 });
}
const FIRST = 'secrets/node1.d/00000001.asc';
const modeOf = async (path: string): Promise<number> => (await stat(join(folder, path))).mode & 0o777;
const fileOf = (name: string): string => join(folder, 'secrets', `${name}.json`);

describe('the file store', () => {
  test('gives back what was written, and the newest of two', async () => {
    await write('node1', 'old');
    await write('node1');
    const { credential, version, key } = await store.read('vault://file/node1');
    expect([credential.userName, credential.password.reveal(), version, key]).toEqual(['root', CANARY, 2, null]);
    expect((await store.read('vault://file/node1@1')).credential.password.reveal()).toBe('old');
  });

  test('lets only its owner in', async () => {
    await write('node1');
    expect(await Promise.all(['secrets', 'secrets/node1.d', FIRST, 'secrets.key.asc'].map(modeOf))).toEqual([0o700, 0o700, 0o600, 0o600]);
  });

  test.each([0o640, 0o604, 0o660])('refuses files of mode %o', async (mode) => {
    await write('node1');
    await byHand('node2');
    for (const file of [FIRST, 'secrets/node2.json']) await chmod(join(folder, file), mode);
    expect(await codeOf(store.read('vault://file/node1'))).toBe('MODE_TOO_OPEN');
    expect(await codeOf(store.read('vault://file/node2'))).toBe('MODE_TOO_OPEN');
  });

  test('refuses a folder that others can enter', async () => {
    await write('node1');
    await chmod(join(folder, 'secrets'), 0o750);
    expect(await codeOf(store.read('vault://file/node1'))).toBe('MODE_TOO_OPEN');
    expect(await codeOf(write('node2'))).toBe('MODE_TOO_OPEN');
  });

  test('does not follow a link out of the store', async () => {
    await byHand('node1');
    await symlink(fileOf('node1'), fileOf('node2'));
    expect(await codeOf(store.read('vault://file/node2'))).toBe('UNREADABLE');
  });

  test.each([
    ['vault://file/nobody', 'NOT_FOUND'],
    ['vault://hashi/node1', 'UNKNOWN_STORE'],
    ['vault://file/../node1', 'BAD_REFERENCE'],
    ['vault://file/a/b', 'BAD_REFERENCE'],
    ['vault://file/node1#password', 'BAD_REFERENCE'],
    ['vault://file/node1@2', 'NOT_FOUND'],
    ['vault://file/node1@0', 'BAD_REFERENCE'],
    ['vault://file/node1@latest', 'BAD_REFERENCE'],
    ['vault://file/', 'BAD_REFERENCE'],
    ['file/node1', 'BAD_REFERENCE'],
    [CANARY, 'BAD_REFERENCE'],
  ])('answers the reference %s with %s', async (reference, code) => {
    await write('node1');
    expect(await codeOf(store.read(reference))).toBe(code);
  });

  test('never quotes a secret in an error, not even one that was put where its reference belongs', async () => {
    await byHand('node1');
    await writeFile(fileOf('node1'), `{"userName":"root","password":"${CANARY}"`, { mode: 0o600 });
    const failures = await Promise.all(
      ['vault://file/node1', CANARY].map((reference) =>
        store.read(reference).then(String, (error: unknown) => inspect(error, { depth: null, showHidden: true })),
      ),
    );
    expect(failures.join()).toContain('VaultError');
    expect(failures.join()).not.toContain(CANARY);
  });

  test('refuses records of another shape', async () => {
    await byHand('node1');
    for (const text of [
      '[]',
      '{"userName":"root"}',
      '{"userName":"root","password":""}',
      '{"userName":"root","password":"x","note":"y"}',
    ]) {
      await writeFile(fileOf('node1'), text);
      expect(await codeOf(store.read('vault://file/node1'))).toBe('UNREADABLE');
    }
  });

  test('writes under no name that climbs or hides', async () => {
    for (const name of ['../x', '.x', 'a/b', '', 'a#b']) expect(await codeOf(write(name))).toBe('BAD_REFERENCE');
  });
});
