import { generateKey as openpgpGenerate, type KeyOptions } from 'openpgp';
import { describe, expect, test } from 'vitest';
import { generateKey, readCertificate } from '../../../lib/trust/keys.js';
import { codeOf } from '../../support/code-of.js';

const OWNER = { userIDs: [{ name: 'Ana', email: 'ana@ops.example' }] };
const certificateOf = async (options: Omit<KeyOptions, 'userIDs' | 'format'>): Promise<string> =>
  (await openpgpGenerate({ ...OWNER, ...options })).publicKey;

describe('certificates', () => {
  test('that we make are OpenPGP v4 with algorithm 22, and say whose they are', async () => {
    const made = await generateKey({ name: 'Ana', email: 'ana@ops.example' });
    const read = await readCertificate(made.certificate);
    expect(read).toMatchObject({ fingerprint: made.fingerprint, userIds: ['Ana <ana@ops.example>'] });
    expect([read.key.keyPacket.version, read.key.keyPacket.algorithm]).toEqual([4, 22]);
  });

  test.each<[string, Omit<KeyOptions, 'userIDs' | 'format'>]>([
    ['version 6', { type: 'curve25519', config: { v6Keys: true } }],
    ['algorithm 27, which gpg 2.2 skips', { type: 'curve25519' }],
    ['Ed448', { type: 'curve448' }],
    ['NIST P-256', { type: 'ecc', curve: 'nistP256' }],
    ['RSA of 2048 bits', { type: 'rsa', rsaBits: 2048 }],
    [
      'a signing subkey of another kind',
      { type: 'ecc', curve: 'ed25519Legacy', subkeys: [{ type: 'ecc', curve: 'nistP256', sign: true }] },
    ],
  ])('of %s are refused', async (_, options) => {
    expect(await codeOf(readCertificate(await certificateOf(options)))).toBe('KEY_UNSUPPORTED');
  });

  test('are refused with words that say what would do', async () => {
    await expect(readCertificate(await certificateOf({ type: 'curve25519' }))).rejects.toThrow(
      /Ed25519 \(algorithm 22\) or RSA of at least 3072 bits.*got algorithm ed25519 \(27\)/,
    );
  });

  test('are not private keys, and not several keys or garbage in one file', async () => {
    const [one, two] = await Promise.all(['one', 'two'].map((name) => generateKey({ name, email: `${name}@ops.example` })));
    expect(await codeOf(readCertificate(one?.privateKey ?? ''))).toBe('KEY_PRIVATE');
    expect(await codeOf(readCertificate(`${one?.certificate ?? ''}${two?.certificate ?? ''}`))).toBe('KEY_UNREADABLE');
    expect(await codeOf(readCertificate(`${one?.certificate ?? ''}${one?.privateKey ?? ''}`))).toBe('KEY_UNREADABLE');
    expect(await codeOf(readCertificate(''))).toBe('KEY_UNREADABLE');
    expect(await codeOf(readCertificate((one?.certificate ?? '').replace(/[A-Za-z]{20}/, 'A'.repeat(20))))).toBe('KEY_UNREADABLE');
    expect(await codeOf(readCertificate('x'.repeat(300_000)))).toBe('KEY_UNREADABLE');
  });
});
