import { createMessage, enums, readSignature, verify, type SignaturePacket } from 'openpgp';
import { TrustError } from './error.js';
import { readCertificate, requireSupportedPacket, type Certificate } from './keys.js';
import { onePacket } from './packet.js';
import { PURPOSE } from './sign.js';

/** A signature that holds: whose primary key made it, when it says it was made, and its notations. */
export interface Verified {
  readonly fingerprint: string;
  readonly createdAt: Date;
  readonly notations: Readonly<Record<string, string>>;
}

/**
 * Checks one binary detached signature against the given certificates and nothing else. A signature holds when its key was good at the time it was
 * made, as RFC 9580 has it: a key that expired or was retired later does not undo it, a compromised one does. `at` is the latest creation time that
 * is believed (callers pass now and the clock skew). What the signature is for is the caller's to check, with `requirePurpose`.
 */
export async function verifyDetached(what: {
  readonly bytes: Uint8Array;
  readonly signature: Uint8Array;
  readonly certificates: readonly string[];
  readonly at: Date;
}): Promise<Verified> {
  const packet = await readPacket(what.signature);
  const createdAt = requireForm(packet, what.at);
  const certificate = await signerOf(packet, what.certificates);
  await requireGoodAt(certificate, createdAt);
  await requireCanSign(certificate, packet, createdAt);
  await requireSignature(certificate, what);
  return { fingerprint: certificate.fingerprint, createdAt, notations: notationsOf(packet) };
}

/** Throws SIGNATURE_PURPOSE unless the signature was made for this. */
export function requirePurpose(verified: Verified, purpose: string): void {
  const got = verified.notations[PURPOSE];
  if (got === purpose) return;
  throw new TrustError(
    'SIGNATURE_PURPOSE',
    `expected a signature with the notation ${PURPOSE}=${purpose}, got ${got === undefined ? 'none' : JSON.stringify(got.slice(0, 80))}; sign this document for this purpose`,
  );
}

/** Throws KEY_REVOKED or KEY_EXPIRED when the certificate is not good at this moment. Who decides today needs a key that is good today. */
export async function requireGoodAt(certificate: Certificate, at: Date): Promise<void> {
  const { key, fingerprint } = certificate;
  if (await key.isRevoked(undefined, undefined, at))
    throw new TrustError('KEY_REVOKED', `key ${fingerprint} is revoked; its owner needs a new key in the site's policy`);
  const expires = await key.getExpirationTime();
  if (expires instanceof Date && expires <= at)
    throw new TrustError(
      'KEY_EXPIRED',
      `key ${fingerprint} expired at ${expires.toISOString()}; extend it and renew its certificate in keys/`,
    );
}

async function readPacket(signature: Uint8Array): Promise<SignaturePacket> {
  const unreadable = (cause?: unknown): TrustError =>
    new TrustError(
      'SIGNATURE_UNREADABLE',
      'expected exactly one binary OpenPGP v4 signature packet and nothing else; make it with `gpg --detach-sign` without --armor',
      {
        cause,
      },
    );
  if (!onePacket(signature)) throw unreadable();
  const parsed = await readSignature({ binarySignature: signature, config: { ignoreUnsupportedPackets: false } }).catch(
    (cause: unknown) => {
      throw unreadable(cause);
    },
  );
  const [packet] = parsed.packets;
  if (packet?.version !== 4) throw unreadable();
  return packet;
}

const STRONG_HASHES: readonly (number | null)[] = [enums.hash.sha256, enums.hash.sha384, enums.hash.sha512];

function requireForm(packet: SignaturePacket, at: Date): Date {
  if (packet.signatureType !== enums.signature.binary)
    throw new TrustError(
      'SIGNATURE_CLASS',
      `expected a binary document signature (class 0x00), got class 0x${(packet.signatureType ?? 255).toString(16).padStart(2, '0')}; text and clear-signed signatures survive changed bytes`,
    );
  if (!STRONG_HASHES.includes(packet.hashAlgorithm))
    throw new TrustError(
      'SIGNATURE_HASH',
      `expected SHA-256, SHA-384 or SHA-512, got hash algorithm ${String(packet.hashAlgorithm)}; sign with --digest-algo SHA512`,
    );
  const { created } = packet;
  if (created === null) throw new TrustError('SIGNATURE_UNREADABLE', 'expected a signature with a creation time, got none');
  if (created > at)
    throw new TrustError(
      'SIGNATURE_IN_FUTURE',
      `the signature says it was made at ${created.toISOString()}, after ${at.toISOString()}; set the signer's clock`,
    );
  return created;
}

async function signerOf(packet: SignaturePacket, certificates: readonly string[]): Promise<Certificate> {
  for (const armored of certificates) {
    const certificate = await readCertificate(armored);
    if (certificate.key.getKeys(packet.issuerKeyID).length > 0) return certificate;
  }
  throw new TrustError(
    'NOT_IN_KEYRING',
    `the signature's key ${packet.issuerKeyID.toHex().toUpperCase()} belongs to nobody whose signature counts here`,
  );
}

/** Catches what revocation and expiry of the primary key do not: a revoked or expired subkey, one that may not sign, a key younger than its signature. */
async function requireCanSign(certificate: Certificate, packet: SignaturePacket, createdAt: Date): Promise<void> {
  const signer = await certificate.key.getSigningKey(packet.issuerKeyID, createdAt).catch((cause: unknown) => {
    throw new TrustError(
      'KEY_UNUSABLE',
      `key ${certificate.fingerprint} could not sign at ${createdAt.toISOString()}: its signing part is expired, revoked or missing`,
      {
        cause,
      },
    );
  });
  requireSupportedPacket(signer);
}

async function requireSignature(
  certificate: Certificate,
  what: { readonly bytes: Uint8Array; readonly signature: Uint8Array; readonly at: Date },
): Promise<void> {
  const { signatures } = await verify({
    message: await createMessage({ binary: what.bytes }),
    signature: await readSignature({ binarySignature: what.signature }),
    verificationKeys: certificate.key,
    date: what.at,
  });
  const [only] = signatures;
  if (only === undefined || signatures.length !== 1)
    throw new TrustError('SIGNATURE_INVALID', 'expected one signature, got another number');
  await only.verified.catch((cause: unknown) => {
    throw new TrustError('SIGNATURE_INVALID', `the signature by key ${certificate.fingerprint} does not fit these bytes`, { cause });
  });
}

function notationsOf(packet: SignaturePacket): Record<string, string> {
  const notations = new Map<string, string>();
  for (const { name, value, humanReadable } of packet.rawNotations) {
    if (!humanReadable) continue;
    if (notations.has(name)) throw new TrustError('SIGNATURE_INVALID', `the signature carries the notation ${name} twice`);
    notations.set(name, new TextDecoder().decode(value));
  }
  return Object.fromEntries(notations);
}
