import { armor, enums, unarmor } from 'openpgp';
import { TrustError } from './error.js';

/** A binary signature as ASCII armor, for files that people keep in git and gpg reads. */
export function armorSignature(signature: Uint8Array): string {
  return withChecksum(enums.armor.signature, signature);
}

export function armorCertificate(certificate: Uint8Array): string {
  return withChecksum(enums.armor.publicKey, certificate);
}

export function armorMessage(message: Uint8Array): string {
  return withChecksum(enums.armor.message, message);
}

// RFC 9580 has dropped the checksum line, and openpgp.js with it; gpg 2.2 without it reads the last dashes as data, complains of
// "invalid radix64", and `--dearmor` leaves rubbish behind the key.
function withChecksum(type: enums.armor, bytes: Uint8Array): string {
  return armor(type, bytes, undefined, undefined, undefined, true);
}

const ONE_BLOCK = /^-----BEGIN PGP SIGNATURE-----\r?\n[A-Za-z0-9+/=:.,()@ \r\n-]+\r?\n-----END PGP SIGNATURE-----\s*$/;

/** The binary signature in one armor block and nothing beside it. Throws SIGNATURE_UNREADABLE. */
export async function unarmorSignature(text: string): Promise<Uint8Array> {
  const unreadable = (cause?: unknown): TrustError =>
    new TrustError(
      'SIGNATURE_UNREADABLE',
      'expected one armored OpenPGP signature and nothing else; make it with `gpg --armor --detach-sign`',
      { cause },
    );
  if (!ONE_BLOCK.test(text) || text.split('-----BEGIN').length !== 2) throw unreadable();
  try {
    const { data } = await unarmor(text);
    if (data instanceof Uint8Array) return data;
  } catch (cause) {
    throw unreadable(cause);
  }
  throw unreadable();
}
