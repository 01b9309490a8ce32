import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { CheckedRequest } from './request.js';
import { CertificateError } from './error.js';
import { spkiOf } from './key.js';

/** What a certificate has to hold for. */
export interface Wanted {
  readonly request: Pick<CheckedRequest, 'key'>;
  /** Host name or address of the BMC, as it is connected to. */
  readonly host: string;
  /** PEM of the site's authority. */
  readonly authority: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A certificate that was checked, PEM. */
export interface Issued {
  readonly own: string;
  /** Its own first, then its issuers up to one of the site's. */
  readonly chain: string;
  /** Milliseconds since 1970. */
  readonly notAfter: number;
}

const PEM = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;
/** Real chains have three. */
const CHAIN = 8;
/** A certificate that ends sooner than this is no use to install. */
const LEAST_MS = 3_600_000;

/**
 * Reads what an authority answered: its first certificate is for the key of the request and for this host, holds now and for an hour, issues no others,
 * and leads to one of the site's authority. Throws CERTIFICATE_WRONG.
 */
export function readIssued(text: string, { request, host, authority, now }: Wanted): Issued {
  const [own, ...others] = certificatesIn(text);
  if (own === undefined) return fail('the authority answered without a certificate');
  if (spkiOf(own.publicKey) !== request.key) fail('the certificate is for another key than the request');
  if (own.ca) fail('the certificate is one that may issue others');
  if (!isFor(own, host)) fail(`the certificate does not name ${host}`);
  if (!isValid(own, now) || endOf(own) < now + LEAST_MS) fail('the certificate is not valid now, or ends within an hour');
  const chain = chainTo(certificatesIn(authority), own, others, now);
  if (chain === null) return fail('the certificate does not lead to the authority of this site');
  return { own: own.toString(), chain: chain.map((one) => one.toString()).join(''), notAfter: endOf(own) };
}

/** The certificates in a PEM text, as far as there are few. */
export function certificatesIn(text: string): readonly X509Certificate[] {
  const blocks = text.match(PEM) ?? [];
  if (blocks.length > CHAIN) return fail(`the authority answered with over ${String(CHAIN)} certificates`);
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch (cause) {
    return fail('the authority answered with a certificate that cannot be read', cause);
  }
}

export function isFor(certificate: X509Certificate, host: string): boolean {
  return (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) !== undefined;
}

export function isValid(certificate: X509Certificate, now: number): boolean {
  return Date.parse(certificate.validFrom) <= now && now <= endOf(certificate);
}

function endOf({ validTo }: X509Certificate): number {
  return Date.parse(validTo);
}

/** The certificate and its issuers, up to one that is among `anchors`; null when it leads to none. */
export function chainTo(
  anchors: readonly X509Certificate[],
  own: X509Certificate,
  others: readonly X509Certificate[],
  now: number,
): readonly X509Certificate[] | null {
  const issuers = [...anchors, ...others];
  const chain = [own];
  for (let last = own; chain.length <= CHAIN;) {
    const next = issuers.find((one) => one.ca && isValid(one, now) && last.checkIssued(one) && last.verify(one.publicKey));
    if (next === undefined || chain.some(({ fingerprint256 }) => fingerprint256 === next.fingerprint256)) return null;
    chain.push(next);
    if (anchors.some(({ fingerprint256 }) => fingerprint256 === next.fingerprint256)) return chain;
    last = next;
  }
  return null;
}

function fail(message: string, cause?: unknown): never {
  throw new CertificateError('CERTIFICATE_WRONG', message, cause);
}
