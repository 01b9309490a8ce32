import { armorCertificate } from './armor.js';
import { enums, generateKey as generate, readKeys, type Key, type PublicKey, type Subkey } from 'openpgp';
import { TrustError } from './error.js';

/** A checked certificate: OpenPGP v4 with a signing algorithm that every stock tool understands. */
export interface Certificate {
  /** Primary key, upper-case, 40 hexadecimal digits. */
  readonly fingerprint: string;
  /** User ids as the owner wrote them; never a reason to trust. */
  readonly userIds: readonly string[];
  readonly armored: string;
  readonly key: PublicKey;
}

export interface GeneratedKey {
  readonly fingerprint: string;
  /** ASCII armor, not locked: the caller keeps it in a file that only its owner can read. */
  readonly privateKey: string;
  readonly certificate: string;
}

/** Bounds of a key file: real certificates with a handful of signatures are under 10 kB. */
export const MAX_KEY_CHARACTERS = 262_144;

/** Makes a key that openpgp.js, gpg 2.2, gpgv, sq and sqv all accept: v4, EdDSA (algorithm 22), which never expires. */
export async function generateKey(owner: { name: string; email: string }): Promise<GeneratedKey> {
  // `type: 'curve25519'` would make algorithm 27, which gpg 2.2 skips without a word.
  const pair = await generate({ type: 'ecc', curve: 'ed25519Legacy', userIDs: [owner], format: 'object' });
  return {
    fingerprint: fingerprintOf(pair.publicKey),
    privateKey: pair.privateKey.armor(),
    certificate: armorCertificate(pair.publicKey.write()),
  };
}

/** Reads one armored certificate. Throws KEY_UNREADABLE, KEY_PRIVATE or KEY_UNSUPPORTED; expiry and revocation are judged when a signature is. */
export async function readCertificate(armored: string): Promise<Certificate> {
  const key = await readOne(armored);
  if (key.isPrivate())
    throw new TrustError(
      'KEY_PRIVATE',
      'expected a certificate (public key), got a private key; replace the file by the output of `gpg --armor --export FINGERPRINT`, and treat that private key as exposed',
    );
  requireSupported(key);
  return { fingerprint: fingerprintOf(key), userIds: key.getUserIDs(), armored, key: key.toPublic() };
}

/** Reads one armored key, private or public, without judging its algorithm. */
export async function readOne(armored: string): Promise<Key> {
  if (armored.length > MAX_KEY_CHARACTERS)
    throw new TrustError(
      'KEY_UNREADABLE',
      `expected a key of at most ${String(MAX_KEY_CHARACTERS)} characters, got ${String(armored.length)}`,
    );
  // The parser takes the first block and ignores the rest, which could hide a second key from a reviewer.
  const blocks = armored.split('-----BEGIN PGP ').length - 1;
  if (blocks !== 1)
    throw new TrustError(
      'KEY_UNREADABLE',
      `expected one ASCII-armored OpenPGP key, got ${String(blocks)} armor blocks; export one key per file`,
    );
  const keys = await readKeys({ armoredKeys: armored }).catch((cause: unknown) => {
    throw new TrustError(
      'KEY_UNREADABLE',
      'expected an OpenPGP v4 key, got something that cannot be parsed; export it again with `gpg --armor --export`',
      {
        cause,
      },
    );
  });
  const [key] = keys;
  if (key === undefined || keys.length !== 1)
    throw new TrustError('KEY_UNREADABLE', `expected one OpenPGP key in the file, got ${String(keys.length)}; export one key per file`);
  return key;
}

/** Throws KEY_UNSUPPORTED unless the primary key and every subkey that may sign can be checked by stock tools. */
export function requireSupported(key: Key): void {
  requireSupportedPacket(key);
  for (const subkey of key.subkeys) if (maySign(subkey)) requireSupportedPacket(subkey);
}

/** Upper-case fingerprint of a key's primary key. */
export function fingerprintOf(key: Key): string {
  return key.getFingerprint().toUpperCase();
}

const MIN_RSA_BITS = 3072;

/** Throws KEY_UNSUPPORTED unless this primary key or subkey has a version and algorithm that stock tools can check. */
export function requireSupportedPacket(key: Key | Subkey): void {
  const { version, algorithm } = key.keyPacket;
  const info = key.getAlgorithmInfo();
  if (version !== 4) throw unsupported(key, `OpenPGP version ${String(version)}`);
  if (algorithm === enums.publicKey.eddsaLegacy) return;
  const rsa = algorithm === enums.publicKey.rsaEncryptSign || algorithm === enums.publicKey.rsaSign;
  if (rsa && (info.bits ?? 0) >= MIN_RSA_BITS) return;
  throw unsupported(key, rsa ? `RSA with ${String(info.bits)} bits` : `algorithm ${info.algorithm} (${String(algorithm)})`);
}

function unsupported(key: Key | Subkey, got: string): TrustError {
  return new TrustError(
    'KEY_UNSUPPORTED',
    `key ${key.getFingerprint().toUpperCase()}: expected OpenPGP version 4 with Ed25519 (algorithm 22) or RSA of at least ${String(MIN_RSA_BITS)} bits, ` +
      `which gpg and sqv of current distributions can check; got ${got}. Make one with \`gpg --quick-generate-key NAME ed25519 sign never\``,
  );
}

function maySign(subkey: Subkey): boolean {
  return subkey.bindingSignatures.some((binding) => ((binding.keyFlags?.[0] ?? 0) & enums.keyFlags.signData) !== 0);
}
