import { readdir, readFile, mkdir, mkdtemp, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa, execaSync } from 'execa';
import { generateKey } from 'openpgp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { generateKey as makeKey } from '../../../lib/trust/keys.js';
import { FileStore } from '../../../lib/vault/file-store.js';
import { codeOf } from '../../support/code-of.js';
import { login, shown, waiting } from './contract.js';

const HAS_GPG = execaSync('gpg', ['--version'], { reject: false }).exitCode === 0;
const NAME = 'vault://file/node1';
let folder: string;
let secrets: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cofferdam-sealed-'));
  secrets = join(folder, 'secrets');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const store = (): FileStore => new FileStore(secrets);
const entry = (number: number): string => join(secrets, 'node1.d', `0000000${String(number)}.asc`);
const byHand = (password: string): Promise<void> =>
  writeFile(join(secrets, 'node1.json'), JSON.stringify({ userName: 'root', password }), { mode: 0o600 });

/** What stock gpg reads from the first entry, with this key alone. */
async function opened(privateKey: string): Promise<unknown> {
  const home = await mkdtemp(join(folder, 'gpg-'));
  const gpg = (args: readonly string[], input?: string) =>
    execa('gpg', ['--homedir', home, '--batch', ...args], input === undefined ? {} : { input });
  await gpg(['--import'], privateKey);
  const { stdout } = await gpg(['--decrypt', entry(1)]);
  await execa('gpgconf', ['--homedir', home, '--kill', 'all']);
  return JSON.parse(stdout);
}

describe.skipIf(!HAS_GPG)('what the file store writes', () => {
  test('is opened by stock gpg, with the store’s key and with a reader’s own', async () => {
    const reader = await makeKey({ name: 'Lea', email: 'lea@example.org' });
    await new FileStore(secrets, [reader.certificate]).write('node1', login('pass-1'));
    const expected = { secret: NAME, key: null, userName: 'root', password: 'pass-1' };
    expect(await opened(reader.privateKey)).toEqual(expected);
    expect(await opened(await readFile(`${secrets}.key.asc`, 'utf8'))).toEqual(expected);
  });
});

describe('the files of the store', () => {
  test('hold nothing in clear, of what a person put there either', async () => {
    await store().write('other', login('canary-1'));
    await byHand('canary-2');
    await store().createPending(NAME, 'k1', () => login('canary-3'));
    const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((file) => file.isFile());
    const texts = await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), 'utf8')));
    expect(texts.join('')).not.toContain('canary');
    expect(files.map(({ name }) => name).sort()).toEqual(['00000001.asc', '00000001.asc', '00000002.asc', 'secrets.key.asc']);
    expect(shown(await store().read(`${NAME}@1`))).toEqual(['canary-2', 1, null]);
  });

  test('of a worker that died while it wrote are none', async () => {
    await store().createPending(NAME, 'k1', () => login('new'));
    await writeFile(`${entry(2)}.0a0b0c0d0e0f.tmp`, '{"version":1,"what":"prom', { mode: 0o600 });
    expect([waiting(await store().pending(NAME)), await store().promote(NAME, 'k1')]).toEqual([['new', 'k1', 0], 1]);
  });

  test('are still written when a reader’s key is for signing only', async () => {
    const { publicKey } = await generateKey({
      type: 'ecc',
      curve: 'ed25519Legacy',
      userIDs: [{ name: 'Kim' }],
      subkeys: [{ sign: true }],
      format: 'object',
    });
    await new FileStore(secrets, [publicKey.armor()]).write('node1', login('pass-1'));
    expect(shown(await store().read(NAME))).toEqual(['pass-1', 1, null]);
  });

  test.each<[string, () => Promise<unknown>]>([
    ['whose first ones are gone', () => unlink(entry(1))],
    ['of another secret', async () => writeFile(entry(1), await readFile(join(secrets, 'node2.d', '00000001.asc')))],
    [
      'with a pending login where a written one belongs',
      async () =>
        writeFile(
          entry(1),
          (await readFile(entry(2), 'utf8')).replace(/^.*/, '{"version":1,"at":"2026-01-01T00:00:00.000Z","what":"written"}'),
        ),
    ],
    ['cut short', async () => writeFile(entry(1), (await readFile(entry(1), 'utf8')).slice(0, 200))],
    ['whose key is gone', () => unlink(`${secrets}.key.asc`)],
    ['of another key', async () => writeFile(`${secrets}.key.asc`, (await makeKey({ name: 'x', email: 'x@example.org' })).privateKey)],
  ])('%s are UNREADABLE, rather than another login', async (_, harm) => {
    await store().write('node2', login('pass-2'));
    await store().write('node1', login('pass-1'));
    await store().createPending(NAME, 'k1', () => login('new'));
    await harm();
    expect(await codeOf(new FileStore(secrets).read(`${NAME}@1`))).toBe('UNREADABLE');
  });
});

describe('a login that a person puts there by hand', () => {
  beforeEach(() => mkdir(secrets, { mode: 0o700 }));

  test('is the next version, also after a rotation', async () => {
    await byHand('by hand');
    await store().createPending(NAME, 'k1', () => login('new'));
    expect(await store().promote(NAME, 'k1')).toBe(2);
    await byHand('put right');
    expect([shown(await store().read(NAME)), shown(await store().read(`${NAME}@1`))]).toEqual([
      ['put right', 3, null],
      ['by hand', 1, null],
    ]);
    await store().write('node1', login('at last'));
    expect([shown(await store().read(NAME)), shown(await store().read(`${NAME}@3`))]).toEqual([
      ['at last', 4, null],
      ['put right', 3, null],
    ]);
  });

  test('while another is pending keeps that from being promoted', async () => {
    await byHand('old');
    await store().createPending(NAME, 'k1', () => login('new'));
    await byHand('put right');
    expect(await codeOf(store().promote(NAME, 'k1'))).toBe('VERSION_CONFLICT');
    expect([shown(await store().read(NAME)), waiting(await store().pending(NAME))]).toEqual([
      ['put right', 2, null],
      ['new', 'k1', 1],
    ]);
  });

  test('and was taken in by a worker that died then counts once', async () => {
    await byHand('old');
    await store().createPending(NAME, 'k1', () => login('new'));
    await byHand('old');
    expect(shown(await store().read(NAME))).toEqual(['old', 1, null]);
    expect(await store().promote(NAME, 'k1')).toBe(2);
    expect(await readdir(secrets)).toEqual(['node1.d']);
  });

  test('is taken in once by many workers at a time', async () => {
    await byHand('old');
    const codes = await Promise.all(
      Array.from({ length: 6 }, (_, at) => codeOf(store().createPending(NAME, `k${String(at)}`, () => login('new')))),
    );
    expect(codes.filter((code) => code === 'resolved')).toHaveLength(1);
    expect([shown(await store().read(NAME)), (await store().pending(NAME))?.base]).toEqual([['old', 1, null], 1]);
  });
});
