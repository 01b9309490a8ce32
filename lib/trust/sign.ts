import { createMessage, decryptKey, enums, sign, type PrivateKey } from 'openpgp';
import { NOTATION_DOMAIN } from '../evidence/format.js';
import type { Secret } from '../vault/secret.js';
import { TrustError } from './error.js';
import { readOne, requireSupported } from './keys.js';

/** Notation that says what a signature is for, so that one made for a statement never passes for a policy or a seal. */
export const PURPOSE = `purpose@${NOTATION_DOMAIN}`;

/** A person's private key, as read from a key file. */
export interface SigningKey {
  readonly privateKey: string;
  readonly passphrase?: Secret | string;
}

/**
 * Signs bytes: binary OpenPGP packet, detached, class 0x00 (text signatures survive changed line ends), SHA-512 or SHA-256.
 * Notations are not critical, since gpg and sqv refuse critical ones; our verifiers require them instead.
 */
export async function signDetached(
  what: SigningKey & { readonly bytes: Uint8Array; readonly notations: Readonly<Record<string, string>> },
): Promise<Uint8Array> {
  const signingKey = await unlocked(what);
  return sign({
    message: await createMessage({ binary: what.bytes }),
    signingKeys: signingKey,
    detached: true,
    format: 'binary',
    signatureNotations: Object.entries(what.notations).map(([name, value]) => ({
      name,
      value: new TextEncoder().encode(value),
      humanReadable: true,
      critical: false,
    })),
    // The library's salt is a notation too, which gpg shows as unreadable; stock tools shall show our notations and nothing else.
    config: { preferredHashAlgorithm: enums.hash.sha512, nonDeterministicSignaturesViaNotation: false },
  }).catch((cause: unknown) => {
    throw new TrustError(
      'KEY_UNUSABLE',
      `key ${signingKey.getFingerprint().toUpperCase()} cannot sign; it may be expired, revoked, or for encryption only`,
      {
        cause,
      },
    );
  });
}

/** Reads and unlocks a private key. Throws KEY_UNREADABLE, KEY_UNSUPPORTED or KEY_PASSPHRASE. */
async function unlocked({ privateKey, passphrase }: SigningKey): Promise<PrivateKey> {
  const key = await readOne(privateKey);
  if (!key.isPrivate())
    throw new TrustError('KEY_UNREADABLE', 'expected a private key, got a certificate; export it with `gpg --armor --export-secret-keys`');
  requireSupported(key);
  if (key.isDecrypted()) return key;
  if (passphrase === undefined)
    throw new TrustError('KEY_PASSPHRASE', `key ${key.getFingerprint().toUpperCase()} is locked and no passphrase was given`);
  return decryptKey({ privateKey: key, passphrase: typeof passphrase === 'string' ? passphrase : passphrase.reveal() }).catch(
    (cause: unknown) => {
      throw new TrustError('KEY_PASSPHRASE', `the passphrase does not unlock key ${key.getFingerprint().toUpperCase()}`, { cause });
    },
  );
}
