import { createPublicKey, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import { OctetString } from 'asn1js';
import { AltName, BasicConstraints, CertificationRequest, Extensions, type Extension } from 'pkijs';
import type { CertificateSubject } from '../model/certificate.js';
import type { Digest } from '../model/json.js';
import { CertificateError, type CertificateCode } from './error.js';
import { spkiOf, weaknessOf } from './key.js';

/** A request for a certificate (PKCS #10, RFC 2986) that holds. */
export interface CheckedRequest {
  /** Our own spelling of its bytes. */
  readonly pem: string;
  readonly key: Digest<'spki'>;
}

/** A request with a large RSA key and many names has some 3 KiB. */
export const REQUEST_CHARACTERS = 32_768;

/**
 * Reads what a BMC told as a request for a certificate: signed with its own key, which is strong and none of `known`, and for the subject that was asked
 * for. A BMC may leave out what it was told to write, and adds nothing. Throws CertificateError.
 */
export async function readRequest(text: string, asked: CertificateSubject, known: ReadonlySet<string>): Promise<CheckedRequest> {
  const der = derOf(text);
  const request = parsed(der);
  const key = keyOf(request);
  const weakness = weaknessOf(key);
  if (weakness !== null)
    fail('REQUEST_KEY_WEAK', `the request is for ${weakness}; expected RSA of 2048 bits or more, P-256, P-384 or P-521`);
  if (!(await isSigned(request))) fail('REQUEST_NOT_PROVEN', 'the request is not signed with the key that it names');
  const spki = spkiOf(key);
  if (known.has(spki)) fail('REQUEST_KEY_KNOWN', `the request is for the key ${spki}, which is known already: a new one was asked for`);
  requireSubject(request, asked);
  requireNames(request, asked);
  requireServer(request);
  return { pem: pemOf(der), key: spki };
}

function derOf(text: string): Buffer<ArrayBuffer> {
  const [, base64] =
    /^\s*-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([A-Za-z0-9+/=\s]+)-----END (?:NEW )?CERTIFICATE REQUEST-----\s*$/.exec(
      text.slice(0, REQUEST_CHARACTERS),
    ) ?? [undefined, undefined];
  return base64 === undefined
    ? fail('REQUEST_UNREADABLE', 'the BMC told something else than one PEM request')
    : Buffer.from(base64, 'base64');
}

function pemOf(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE REQUEST-----', ...lines, '-----END CERTIFICATE REQUEST-----', ''].join('\n');
}

function parsed(der: Buffer<ArrayBuffer>): CertificationRequest {
  try {
    const request = CertificationRequest.fromBER(der);
    // The library reads past a length that says less than is there, and an authority is handed these very bytes.
    if (!Buffer.from(request.toSchema().toBER()).equals(der)) throw new RangeError('its frame is not DER');
    return request;
  } catch (cause) {
    return fail('REQUEST_UNREADABLE', 'the request is not PKCS #10', cause);
  }
}

/** Read by the parser that reads the keys of handshakes too, so that both come to one digest. */
function keyOf(request: CertificationRequest): KeyObject {
  try {
    const key = Buffer.from(request.subjectPublicKeyInfo.toSchema().toBER());
    return createPublicKey({ key, format: 'der', type: 'spki' });
  } catch (cause) {
    return fail('REQUEST_UNREADABLE', 'the key of the request cannot be read', cause);
  }
}

/** Of a kind that is not known, as Ed25519 in this version of the library, nothing is proven. */
async function isSigned(request: CertificationRequest): Promise<boolean> {
  try {
    return await request.verify();
  } catch {
    return false;
  }
}

/** Attribute types of RFC 4519, by what we call them. */
const ATTRIBUTES: ReadonlyMap<string, keyof Omit<CertificateSubject, 'names'>> = new Map([
  ['2.5.4.3', 'commonName'],
  ['2.5.4.6', 'country'],
  ['2.5.4.7', 'city'],
  ['2.5.4.8', 'state'],
  ['2.5.4.10', 'organization'],
  ['2.5.4.11', 'organizationalUnit'],
] as const);

function requireSubject(request: CertificationRequest, asked: CertificateSubject): void {
  const told = request.subject.typesAndValues.map(({ type, value }) => ({ name: ATTRIBUTES.get(type), text: textOf(value) }));
  for (const { name, text } of told)
    // Other attributes, as a mail address, name nobody whom a client would connect to.
    if (name !== undefined && text !== asked[name])
      fail('REQUEST_SUBJECT', `the request has another ${name} than the one that was asked for`);
  if (!told.some(({ name }) => name === 'commonName')) fail('REQUEST_SUBJECT', 'the request names no common name');
}

/** The value of one of ASN.1's strings; null for anything else. */
function textOf(value: { readonly valueBlock: object }): string | null {
  const { valueBlock } = value;
  return 'value' in valueBlock && typeof valueBlock.value === 'string' ? valueBlock.value : null;
}

const EXTENSION_REQUEST = '1.2.840.113549.1.9.14';
const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17';
const DNS = 2;
const ADDRESS = 7;

function requireNames(request: CertificationRequest, { commonName, names }: CertificateSubject): void {
  const allowed = new Set([commonName, ...names].map(sameAddress));
  const foreign = namesIn(request).find((name) => !allowed.has(name));
  if (foreign !== undefined) fail('REQUEST_SUBJECT', 'the request asks for a name that it was not told to ask for');
}

/** What a certificate may be used for is the authority's to say; an authority that copies what it is asked for must not be asked for one that issues others. */
function requireServer(request: CertificationRequest): void {
  const issues = extensionsOf(request).some(({ parsedValue }) => parsedValue instanceof BasicConstraints && parsedValue.cA);
  if (issues) fail('REQUEST_SUBJECT', 'the request asks for a certificate that issues others');
}

function extensionsOf({ attributes = [] }: CertificationRequest): readonly Extension[] {
  try {
    return attributes
      .filter(({ type }) => type === EXTENSION_REQUEST)
      .flatMap(({ values: [schema] }) => new Extensions({ schema }).extensions);
  } catch (cause) {
    return fail('REQUEST_UNREADABLE', 'the extensions of the request cannot be read', cause);
  }
}

function namesIn(request: CertificationRequest): readonly string[] {
  return extensionsOf(request)
    .filter(({ extnID }) => extnID === SUBJECT_ALTERNATIVE_NAME)
    .flatMap(({ parsedValue }) => {
      if (!(parsedValue instanceof AltName)) return fail('REQUEST_UNREADABLE', 'the names in the request cannot be read');
      return parsedValue.altNames.map(nameOf);
    });
}

/** As it is written, in lower case; of a kind that no BMC is reached by, its number. */
function nameOf({ type, value }: { readonly type: number; readonly value: unknown }): string {
  if (type === DNS && typeof value === 'string') return value.toLowerCase();
  if (type === ADDRESS && value instanceof OctetString) return addressOf(Buffer.from(value.valueBlock.valueHexView));
  return `#${String(type)}`;
}

function addressOf(bytes: Buffer): string {
  if (bytes.length === 4) return [...bytes].join('.');
  return sameAddress(Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(2 * at).toString(16)).join(':'));
}

/** IPv6 in its one short form, everything else in lower case. */
function sameAddress(name: string): string {
  return isIP(name) === 6 ? new URL(`https://[${name}]`).hostname.slice(1, -1) : name.toLowerCase();
}

function fail(code: CertificateCode, message: string, cause?: unknown): never {
  throw new CertificateError(code, message, cause);
}
