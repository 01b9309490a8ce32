import { createHash, type KeyObject } from 'node:crypto';
import { digest, type Digest } from '../model/json.js';

/** SHA-256 of the SubjectPublicKeyInfo (DER), as pins are written. */
export function spkiOf(key: KeyObject): Digest<'spki'> {
  const der = key.export({ type: 'spki', format: 'der' });
  return digest(createHash('sha256').update(der).digest('hex'));
}

/** Why a public key is not good enough; null when it is. The bounds of NIST SP 800-57 part 1, 112 bits: RSA 2048, P-256. */
export function weaknessOf(key: KeyObject): string | null {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'rsa' && modulusLength !== undefined)
    return modulusLength >= 2048 ? null : `RSA of ${String(modulusLength)} bits`;
  if (key.asymmetricKeyType === 'ec' && namedCurve !== undefined) return CURVES.has(namedCurve) ? null : `the curve ${namedCurve}`;
  return `a key of kind ${key.asymmetricKeyType ?? 'unknown'}`;
}

const CURVES: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);
