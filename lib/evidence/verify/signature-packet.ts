import type { SignaturePacket } from 'openpgp';
import { enums, readSignature } from 'openpgp';
import { onePacket } from '../../trust/packet.js';
import { unarmorSignature } from './armor.js';
import { Refused } from './refused.js';

export interface ReadPacket {
  readonly bytes: Uint8Array;
  readonly packet: SignaturePacket;
  /** Upper-case key id, as the signature says: a hint until it is verified. */
  readonly issuer: string;
}

/** Reads a signature file down to its one packet and refuses every form that says more, or holds for more, than one binary signature does. */
export async function readPacket(text: string, where: string): Promise<ReadPacket> {
  if (text.startsWith('-----BEGIN PGP SIGNED MESSAGE-----'))
    throw new Refused('SIGNATURE_CLEARSIGNED', where, 'a detached signature', 'a clear-signed text');
  const bytes = unarmorSignature(text);
  if (bytes === null || !onePacket(bytes)) throw formOf(where);
  requireSupported(bytes, where);
  const packet = await parse(bytes, where);
  requirePlain(packet, where);
  return { bytes, packet, issuer: packet.issuerKeyID.toHex().toUpperCase() };
}

const SUPPORTED: readonly (number | undefined)[] = [enums.publicKey.eddsaLegacy, enums.publicKey.rsaEncryptSign, enums.publicKey.rsaSign];

function requireSupported(bytes: Uint8Array, where: string): void {
  const body = bytes.subarray(headerLength(bytes));
  const [version, , algorithm] = body;
  if (version === 4 && SUPPORTED.includes(algorithm)) return;
  throw new Refused(
    'SIGNATURE_UNSUPPORTED',
    where,
    'OpenPGP version 4 with algorithm 22 (Ed25519) or 1 (RSA)',
    version === 4 ? `algorithm ${String(algorithm)}` : `version ${String(version)}`,
  );
}

/** Of a packet that `onePacket` has passed. */
function headerLength(bytes: Uint8Array): number {
  const [header = 0, first = 0] = bytes;
  if ((header & 0x40) === 0) return [2, 3, 5][header & 0x03] ?? 2;
  if (first < 192) return 2;
  return first < 224 ? 3 : 6;
}

async function parse(bytes: Uint8Array, where: string): Promise<SignaturePacket> {
  const signature = await readSignature({ binarySignature: bytes, config: { ignoreUnsupportedPackets: false } }).catch(() => null);
  const [packet] = signature?.packets ?? [];
  // Numbers and subpackets have several encodings: written again, they must give the same bytes.
  if (packet === undefined || !Buffer.from(packet.write()).equals(bytes.subarray(headerLength(bytes)))) throw formOf(where);
  return packet;
}

// Subpacket type of RFC 4880, 5.2.3.5; the library has it but does not type it.
const ISSUER_KEY_ID = 16;

function requirePlain(packet: SignaturePacket, where: string): void {
  // The unhashed area is signed by nobody. gpg puts the issuer's key id there, which has to fit the fingerprint that is signed.
  const fingerprint = Buffer.from(packet.issuerFingerprint ?? []).toString('hex');
  for (const { type, critical, body } of packet.unhashedSubpackets) {
    const fits = fingerprint !== '' && fingerprint.endsWith(Buffer.from(body).toString('hex'));
    if (type !== ISSUER_KEY_ID || critical || body.length !== 8 || !fits) throw formOf(where);
  }
  const critical =
    packet.rawNotations.find((notation) => notation.critical)?.name ?? packet.unknownSubpackets.find((one) => one.critical)?.type;
  if (critical !== undefined) throw new Refused('SIGNATURE_CRITICAL', where, 'nothing critical that is not known here', String(critical));
  if (!packet.signatureNeverExpires) throw new Refused('SIGNATURE_EXPIRES', where, 'a signature without an end', 'one that expires');
}

function formOf(where: string): Refused {
  return new Refused('SIGNATURE_FORM', where, 'one armored OpenPGP signature packet in its one form, and nothing else', 'another form');
}
