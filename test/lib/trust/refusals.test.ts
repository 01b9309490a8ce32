import {
  createMessage,
  enums,
  generateKey as openpgpGenerate,
  readPrivateKey,
  reformatKey,
  revokeKey,
  sign,
  type SignOptions,
} from 'openpgp';
import { beforeAll, describe, expect, test } from 'vitest';
import { armorSignature, unarmorSignature } from '../../../lib/trust/armor.js';
import { generateKey, readCertificate, type GeneratedKey } from '../../../lib/trust/keys.js';
import { PURPOSE, signDetached } from '../../../lib/trust/sign.js';
import { requireGoodAt, requirePurpose, verifyDetached } from '../../../lib/trust/verify.js';
import { codeOf } from '../../support/code-of.js';

const HOUR = 3_600_000;
const BYTES = new TextEncoder().encode('{"a":1}\n');
const soon = (): Date => new Date(Date.now() + 60_000);

let ana: GeneratedKey;
let bo: GeneratedKey;
let good: Uint8Array;

beforeAll(async () => {
  [ana, bo] = await Promise.all([
    generateKey({ name: 'Ana', email: 'ana@ops.example' }),
    generateKey({ name: 'Bo', email: 'bo@ops.example' }),
  ]);
  good = await signDetached({ bytes: BYTES, privateKey: ana.privateKey, notations: { [PURPOSE]: 'statement' } });
});

async function check(signature: Uint8Array, certificate = ana.certificate, bytes: Uint8Array = BYTES, at = soon()): Promise<unknown> {
  return codeOf(verifyDetached({ bytes, signature, certificates: [certificate], at }));
}

/** A signature as another program could make it. */
async function foreign(
  privateKey: string,
  options: Partial<Pick<SignOptions, 'config' | 'date' | 'signatureNotations'>>,
  text = false,
): Promise<Uint8Array> {
  const key = await readPrivateKey({ armoredKey: privateKey });
  const shared = { signingKeys: key, detached: true, format: 'binary', ...options } as const;
  if (text) return sign({ message: await createMessage({ text: '{"a":1}\n' }), ...shared });
  return sign({ message: await createMessage({ binary: BYTES }), ...shared });
}

/** A key from a while ago, with what was done to it since. */
async function aged(lifeMs: number | null, revoke: enums.reasonForRevocation | null): Promise<{ privateKey: string; certificate: string }> {
  const date = new Date(Date.now() - 48 * HOUR);
  const pair = await openpgpGenerate({
    type: 'ecc',
    curve: 'ed25519Legacy',
    userIDs: [{ name: 'Old' }],
    date,
    ...(lifeMs === null ? {} : { keyExpirationTime: lifeMs / 1000 }),
  });
  if (revoke === null) return { privateKey: pair.privateKey, certificate: pair.publicKey };
  const key = await readPrivateKey({ armoredKey: pair.privateKey });
  const revoked = await revokeKey({ key, reasonForRevocation: { flag: revoke }, date: new Date(Date.now() - 24 * HOUR) });
  return { privateKey: pair.privateKey, certificate: revoked.publicKey };
}

const before = (): Date => new Date(Date.now() - 36 * HOUR);
const after = (): Date => new Date(Date.now() - 12 * HOUR);

describe('a signature is refused', () => {
  test('over other bytes, even when only a line end differs', async () => {
    expect(await check(good)).toBe('resolved');
    expect(await check(good, ana.certificate, new TextEncoder().encode('{"a":2}\n'))).toBe('SIGNATURE_INVALID');
    expect(await check(good, ana.certificate, new TextEncoder().encode('{"a":1}\r\n'))).toBe('SIGNATURE_INVALID');
  });

  test('by a key that nobody gave', async () => {
    expect(await check(good, bo.certificate)).toBe('NOT_IN_KEYRING');
    expect(await codeOf(verifyDetached({ bytes: BYTES, signature: good, certificates: [], at: soon() }))).toBe('NOT_IN_KEYRING');
  });

  test('unless it is one packet and nothing else', async () => {
    const two = new Uint8Array([...good, ...good]);
    // A marker packet, which parsers must ignore and which would let two files pass for one signature.
    const marked = new Uint8Array([...good, 0xca, 3, 0x50, 0x47, 0x50]);
    for (const bytes of [
      two,
      marked,
      good.slice(0, -1),
      new Uint8Array([...good, 0]),
      new Uint8Array(),
      new TextEncoder().encode(armorSignature(good)),
    ])
      expect(await check(bytes)).toBe('SIGNATURE_UNREADABLE');
  });

  test('when it is a text signature, which survives changed line ends', async () => {
    expect(await check(await foreign(ana.privateKey, {}, true))).toBe('SIGNATURE_CLASS');
  });

  test('from the future, beyond what clocks differ', async () => {
    expect(await check(await foreign(ana.privateKey, { date: new Date(Date.now() + 30_000) }))).toBe('resolved');
    expect(await check(await foreign(ana.privateKey, { date: new Date(Date.now() + 120_000) }))).toBe('SIGNATURE_IN_FUTURE');
  });

  test('that carries a critical notation we do not know, or one notation twice', async () => {
    const notation = (name: string, text: string, critical: boolean) => ({
      name,
      value: new TextEncoder().encode(text),
      humanReadable: true,
      critical,
    });
    expect(await check(await foreign(ana.privateKey, { signatureNotations: notation('x@else.example', '1', true) }))).toBe(
      'SIGNATURE_INVALID',
    );
    const twice = await foreign(ana.privateKey, {
      signatureNotations: [notation(PURPOSE, 'policy', false), notation(PURPOSE, 'statement', false)],
    });
    expect(await check(twice)).toBe('SIGNATURE_INVALID');
  });

  test('for another purpose, or none', async () => {
    const verified = await verifyDetached({ bytes: BYTES, signature: good, certificates: [ana.certificate], at: soon() });
    requirePurpose(verified, 'statement');
    expect(
      await codeOf(
        Promise.resolve().then(() => {
          requirePurpose(verified, 'policy');
        }),
      ),
    ).toBe('SIGNATURE_PURPOSE');
    expect(
      await codeOf(
        Promise.resolve().then(() => {
          requirePurpose({ ...verified, notations: {} }, 'statement');
        }),
      ),
    ).toBe('SIGNATURE_PURPOSE');
  });

  test('by a key of a kind that stock tools cannot check', async () => {
    const modern = await openpgpGenerate({ type: 'curve25519', userIDs: [{ name: 'M' }] });
    expect(await check(await foreign(modern.privateKey, {}), modern.publicKey)).toBe('KEY_UNSUPPORTED');
  });
});

describe('a key that is no longer good', () => {
  test('still vouches for what it signed before it expired, and for nothing after', async () => {
    const lasting = await aged(null, null);
    const date = new Date(Date.now() - 48 * HOUR);
    const key = await readPrivateKey({ armoredKey: lasting.privateKey });
    // The owner's program ignores the date in the certificate, as a thief's would.
    const { publicKey } = await reformatKey({ privateKey: key, userIDs: { name: 'Old' }, keyExpirationTime: (24 * HOUR) / 1000, date });
    expect(await check(await foreign(lasting.privateKey, { date: before() }), publicKey)).toBe('resolved');
    expect(await check(await foreign(lasting.privateKey, { date: after() }), publicKey)).toBe('KEY_EXPIRED');
    expect(await codeOf(requireGoodAt(await readCertificate(publicKey), soon()))).toBe('KEY_EXPIRED');
  });

  test('still vouches for what it signed before it was retired', async () => {
    const retired = await aged(null, enums.reasonForRevocation.keyRetired);
    expect(await check(await foreign(retired.privateKey, { date: before() }), retired.certificate)).toBe('resolved');
    expect(await check(await foreign(retired.privateKey, { date: after() }), retired.certificate)).toBe('KEY_REVOKED');
    expect(await codeOf(requireGoodAt(await readCertificate(retired.certificate), soon()))).toBe('KEY_REVOKED');
  });

  test.each([enums.reasonForRevocation.keyCompromised, enums.reasonForRevocation.noReason])(
    'vouches for nothing at all once it is revoked for reason %i',
    async (reason) => {
      const stolen = await aged(null, reason);
      expect(await check(await foreign(stolen.privateKey, { date: before() }), stolen.certificate)).toBe('KEY_REVOKED');
      expect(await codeOf(requireGoodAt(await readCertificate(stolen.certificate), before()))).toBe('KEY_REVOKED');
    },
  );

  test('does not sign for us', async () => {
    const expired = await aged(24 * HOUR, null);
    expect(await codeOf(signDetached({ bytes: BYTES, privateKey: expired.privateKey, notations: {} }))).toBe('KEY_UNUSABLE');
  });
});

describe('armored signatures', () => {
  test('come back as they were', async () => {
    expect(Buffer.from(await unarmorSignature(armorSignature(good)))).toEqual(Buffer.from(good));
  });

  test('stand alone in their file', async () => {
    const armored = armorSignature(good);
    for (const text of [`note\n${armored}`, `${armored}\nnote`, `${armored}${armored}`, ana.certificate, '', armored.slice(0, 60)])
      expect(await codeOf(unarmorSignature(text))).toBe('SIGNATURE_UNREADABLE');
  });
});
