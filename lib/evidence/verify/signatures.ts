import { CLOCK_SKEW_MS } from '../../model/clock-skew.js';
import type { Certificate } from '../../trust/keys.js';
import type { TrustCode } from '../../trust/error.js';
import { TrustError } from '../../trust/error.js';
import type { Verified } from '../../trust/verify.js';
import { verifyDetached } from '../../trust/verify.js';
import type { Seal } from '../format.js';
import { FILES, NOTATION_DOMAIN, PURPOSE, SIGNATURE_PATH } from '../format.js';
import type { RefusalCode } from './codes.js';
import type { Contents } from './contents.js';
import type { Keyring } from './keyring.js';
import { Refused, refusal } from './refused.js';
import type { Refusal, Signer } from './report.js';
import type { ReadPacket } from './signature-packet.js';
import { readPacket } from './signature-packet.js';

export interface Signatures {
  readonly refusals: readonly Refusal[];
  readonly signers: readonly Signer[];
}

/** Checks every signature over the tag manifest, counts distinct people by their primary keys, and looks for those that the seal requires. */
export async function checkSignatures(contents: Contents, seal: Seal, keyring: Keyring, now: Date, where: string): Promise<Signatures> {
  const files = [...contents.tags.keys()].filter((name) => SIGNATURE_PATH.test(name));
  const folder = `${where}: ${FILES.signatures}`;
  if (files.length === 0) return { refusals: [refusal('SIGNATURE_NONE', folder, 'at least one signature', 'none')], signers: [] };
  if (keyring.certificates.length === 0 && keyring.unreadable === 0)
    return { refusals: [refusal('NO_CERTIFICATES', folder, 'pinned certificates of those who may sign', 'none')], signers: [] };
  const refusals: Refusal[] = [];
  const signers: Signer[] = [];
  for (const name of files) {
    try {
      const signer = await checkOne({ contents, seal, keyring, now, name, where: `${where}: ${name}` });
      const twice = signers.some(({ fingerprint }) => fingerprint === signer.fingerprint);
      if (twice) refusals.push(refusal('SIGNER_TWICE', `${where}: ${name}`, 'one signature of each person', signer.fingerprint));
      else if (!name.endsWith(`.${signer.fingerprint}.asc`))
        refusals.push(refusal('SIGNATURE_NAME', `${where}: ${name}`, `${signer.fingerprint}.asc`, name));
      signers.push(signer);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refusals.push(error.refusal);
    }
  }
  return { refusals: refusals.length > 0 ? refusals : missing(seal, signers, folder), signers };
}

interface One {
  readonly contents: Contents;
  readonly seal: Seal;
  readonly keyring: Keyring;
  readonly now: Date;
  readonly name: string;
  readonly where: string;
}

async function checkOne(one: One): Promise<Signer> {
  const { contents, seal, keyring, name, where } = one;
  const read = await readPacket(contents.tags.get(name)?.toString('latin1') ?? '', where);
  const certificate = keyring.certificates.find(({ key }) => key.getKeys(read.packet.issuerKeyID).length > 0);
  if (certificate === undefined) throw unknownKey(one, read);
  const verified = await verify(one, read, certificate);
  requireNotations(verified, seal, where);
  if (verified.createdAt.getTime() < Date.parse(seal.createdAt) - CLOCK_SKEW_MS)
    throw new Refused('SIGNATURE_BEFORE_SEAL', where, `not before ${seal.createdAt}`, verified.createdAt.toISOString());
  const required = seal.requiredSigners.find(({ fingerprint }) => fingerprint === certificate.fingerprint);
  return { role: required?.role ?? 'witness', fingerprint: certificate.fingerprint, person: certificate.userIds[0] ?? '' };
}

function unknownKey({ contents, keyring, where }: One, { issuer }: ReadPacket): Refused {
  const shipped = [...contents.tags.keys()].some((name) => name.startsWith('keys/') && name.endsWith(`${issuer}.asc`));
  if (shipped) return new Refused('KEY_ONLY_SHIPPED', where, 'a pinned key', `${issuer}, whose certificate lies in the seal itself`);
  return keyring.unreadable > 0
    ? new Refused(
        'CERTIFICATE_UNSUPPORTED',
        where,
        'a pinned certificate that can be used',
        `${issuer}, perhaps one of ${String(keyring.unreadable)} that cannot`,
      )
    : new Refused('KEY_NOT_PINNED', where, 'a pinned key', issuer);
}

async function verify({ contents, now, where }: One, { bytes, packet }: ReadPacket, certificate: Certificate): Promise<Verified> {
  const [signing] = certificate.key.getKeys(packet.issuerKeyID);
  if (signing !== undefined && packet.created !== null && signing.getCreationTime() > packet.created)
    throw new Refused('KEY_NEWER', where, `not before ${signing.getCreationTime().toISOString()}`, packet.created.toISOString());
  try {
    return await verifyDetached({
      bytes: contents.tags.get(FILES.tagManifest) ?? new Uint8Array(),
      signature: bytes,
      certificates: [certificate.armored],
      at: new Date(now.getTime() + CLOCK_SKEW_MS),
    });
  } catch (error) {
    if (!(error instanceof TrustError)) throw error;
    throw new Refused(CODES.get(error.code) ?? 'SIGNATURE_INVALID', where, `a good signature by ${certificate.fingerprint}`, error.message);
  }
}

const CODES = new Map<TrustCode, RefusalCode>([
  ['SIGNATURE_UNREADABLE', 'SIGNATURE_FORM'],
  ['SIGNATURE_CLASS', 'SIGNATURE_CLASS'],
  ['SIGNATURE_HASH', 'SIGNATURE_HASH'],
  ['SIGNATURE_IN_FUTURE', 'SIGNATURE_IN_FUTURE'],
  ['KEY_REVOKED', 'KEY_REVOKED'],
  ['KEY_EXPIRED', 'KEY_EXPIRED'],
  ['KEY_UNUSABLE', 'KEY_UNUSABLE'],
  ['KEY_UNSUPPORTED', 'CERTIFICATE_UNSUPPORTED'],
]);

function requireNotations({ notations }: Verified, seal: Seal, where: string): void {
  const expected = { purpose: PURPOSE, incident: seal.incident, series: seal.series, seal: seal.name };
  for (const [name, value] of Object.entries(expected)) {
    const got = notations[`${name}@${NOTATION_DOMAIN}`];
    if (got === undefined) throw new Refused('NOTATION_MISSING', where, `${name}@${NOTATION_DOMAIN}=${value}`, 'none');
    if (got !== value) throw new Refused('NOTATION_WRONG', where, `${name}@${NOTATION_DOMAIN}=${value}`, got);
  }
}

function missing(seal: Seal, signers: readonly Signer[], where: string): Refusal[] {
  if (seal.requiredSigners.length === 0) return [refusal('SIGNER_MISSING', where, 'a collector in requiredSigners', 'none')];
  return seal.requiredSigners
    .filter((required) => !signers.some(({ fingerprint }) => fingerprint === required.fingerprint))
    .map(({ role, fingerprint }) => refusal('SIGNER_MISSING', where, `a signature by the ${role} ${fingerprint}`, 'none'));
}
