import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { generateKey as openpgpGenerate } from 'openpgp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateKey, type GeneratedKey } from '../../../lib/trust/keys.js';
import { PURPOSE, signDetached } from '../../../lib/trust/sign.js';
import { requirePurpose, verifyDetached } from '../../../lib/trust/verify.js';
import { Secret } from '../../../lib/vault/secret.js';
import { codeOf } from '../../support/code-of.js';

const run = promisify(execFile);
const BYTES = new TextEncoder().encode('{"line":"one"}\n');
const soon = (): Date => new Date(Date.now() + 60_000);

let folder: string;
let ana: GeneratedKey;
let bo: GeneratedKey;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cofferdam-sign-'));
  ana = await generateKey({ name: 'Ana', email: 'ana@ops.example' });
  bo = await generateKey({ name: 'Bo', email: 'bo@ops.example' });
});

afterAll(async () => {
  await run('gpgconf', ['--homedir', folder, '--kill', 'all']);
  await rm(folder, { recursive: true, force: true });
});

async function gpg(...args: readonly string[]): Promise<string> {
  const { stdout } = await run('gpg', [
    '--homedir',
    folder,
    '--batch',
    '--no-tty',
    '--quiet',
    '--status-fd',
    '1',
    '--pinentry-mode',
    'loopback',
    ...args,
  ]);
  return stdout;
}

async function signed(bytes: Uint8Array = BYTES, key: GeneratedKey = ana): Promise<Uint8Array> {
  return signDetached({ bytes, privateKey: key.privateKey, notations: { [PURPOSE]: 'statement', 'incident@cofferdam.example': 'inc-1' } });
}

describe('our signatures', () => {
  test('are good for gpg, with class 00, a strong hash, and our notations only', async () => {
    await writeFile(join(folder, 'ana.asc'), ana.certificate);
    await writeFile(join(folder, 'doc'), BYTES);
    await writeFile(join(folder, 'doc.sig'), await signed());
    await gpg('--import', join(folder, 'ana.asc'));
    const status = await gpg('--verify', join(folder, 'doc.sig'), join(folder, 'doc'));
    expect(status).toMatch(new RegExp(`VALIDSIG ${ana.fingerprint} \\S+ \\d+ 0 4 0 22 (8|10) 00 ${ana.fingerprint}`));
    expect(status.match(/NOTATION_NAME \S+/g)?.sort()).toEqual(['NOTATION_NAME incident@cofferdam.example', `NOTATION_NAME ${PURPOSE}`]);
  });

  test('are good for sqv', async () => {
    await writeFile(join(folder, 'sqv.asc'), ana.certificate);
    await writeFile(join(folder, 'sqv.doc'), BYTES);
    await writeFile(join(folder, 'sqv.sig'), await signed());
    const { stdout } = await run('sqv', ['--keyring', join(folder, 'sqv.asc'), join(folder, 'sqv.sig'), join(folder, 'sqv.doc')]);
    expect(stdout.trim()).toBe(ana.fingerprint);
  });

  test('come back with the signer, the time and the notations', async () => {
    const before = Math.floor(Date.now() / 1000) * 1000;
    const verified = await verifyDetached({
      bytes: BYTES,
      signature: await signed(),
      certificates: [bo.certificate, ana.certificate],
      at: soon(),
    });
    expect(verified.fingerprint).toBe(ana.fingerprint);
    expect(verified.notations).toEqual({ [PURPOSE]: 'statement', 'incident@cofferdam.example': 'inc-1' });
    expect(verified.createdAt.getTime()).toBeGreaterThanOrEqual(before);
  });

  test('can be made with a locked key and its passphrase, as text or as a secret', async () => {
    const locked = await openpgpGenerate({ type: 'ecc', curve: 'ed25519Legacy', userIDs: [{ name: 'L' }], passphrase: 'correct horse' });
    const make = async (passphrase?: Secret | string): Promise<unknown> =>
      signDetached({ bytes: BYTES, privateKey: locked.privateKey, notations: {}, ...(passphrase === undefined ? {} : { passphrase }) });
    await expect(make(Secret.of('correct horse'))).resolves.toBeInstanceOf(Uint8Array);
    await expect(make('correct horse')).resolves.toBeInstanceOf(Uint8Array);
    expect(await codeOf(make('wrong'))).toBe('KEY_PASSPHRASE');
    expect(await codeOf(make())).toBe('KEY_PASSPHRASE');
  });

  test('are not made with a certificate in place of a private key', async () => {
    expect(await codeOf(signDetached({ bytes: BYTES, privateKey: ana.certificate, notations: {} }))).toBe('KEY_UNREADABLE');
  });
});

describe('signatures by gpg', () => {
  test.each([
    ['ed25519', 'sign'],
    ['rsa3072', 'sign'],
  ])('made with a key of kind %s are good for us', async (kind, usage) => {
    const name = `Gpg ${kind}`;
    const created = await gpg('--passphrase', '', '--quick-generate-key', name, kind, usage, 'never');
    const fingerprint = /KEY_CREATED \S ([0-9A-F]{40})/.exec(created)?.[1] ?? '';
    await gpg('--armor', '--output', join(folder, `${kind}.asc`), '--export', fingerprint);
    await writeFile(join(folder, `${kind}.doc`), BYTES);
    await gpg(
      '--local-user',
      `${fingerprint}!`,
      '--sig-notation',
      `${PURPOSE}=statement`,
      '--output',
      join(folder, `${kind}.sig`),
      '--detach-sign',
      join(folder, `${kind}.doc`),
    );
    const certificate = await readFile(join(folder, `${kind}.asc`), 'utf8');
    const signature = await readFile(join(folder, `${kind}.sig`));
    const verified = await verifyDetached({ bytes: BYTES, signature, certificates: [certificate], at: soon() });
    expect(verified).toMatchObject({ fingerprint, notations: { [PURPOSE]: 'statement' } });
    requirePurpose(verified, 'statement');
  });

  test('with a short hash are refused', async () => {
    const created = await gpg('--passphrase', '', '--quick-generate-key', 'Weak', 'rsa3072', 'sign', 'never');
    const fingerprint = /KEY_CREATED \S ([0-9A-F]{40})/.exec(created)?.[1] ?? '';
    const certificate = await gpg('--armor', '--export', fingerprint);
    await writeFile(join(folder, 'weak.doc'), BYTES);
    await gpg(
      '--local-user',
      `${fingerprint}!`,
      '--digest-algo',
      'SHA224',
      '--output',
      join(folder, 'weak.sig'),
      '--detach-sign',
      join(folder, 'weak.doc'),
    );
    const signature = await readFile(join(folder, 'weak.sig'));
    expect(await codeOf(verifyDetached({ bytes: BYTES, signature, certificates: [certificate], at: soon() }))).toBe('SIGNATURE_HASH');
  });
});
