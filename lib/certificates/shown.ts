import { X509Certificate } from 'node:crypto';
import type { FindingCode } from '../model/finding.js';
import { certificatesIn, chainTo, isFor, isValid } from './issued.js';
import { weaknessOf } from './key.js';

/** One thing that is wrong with a certificate that a BMC serves. */
export interface Fault {
  readonly code: FindingCode;
  /** For people; without any text of the certificate. */
  readonly what: string;
}

export interface Shown {
  /** DER, the BMC's own certificate first. */
  readonly chain: readonly Uint8Array[];
  readonly host: string;
  /** PEM of the site's authority; null where it has none. */
  readonly authority: string | null;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What is wrong with the certificate that a handshake showed. */
export function faultsOf({ chain, host, authority, now }: Shown): readonly Fault[] {
  const [own = null, ...others] = chain.map(read);
  if (own === null) return [{ code: 'CERTIFICATE_WEAK', what: 'cannot be read' }];
  const weakness = weaknessOf(own.publicKey) ?? brokenSignature(own);
  const found: (Fault | null)[] = [
    weakness === null ? null : { code: 'CERTIFICATE_WEAK', what: `has ${weakness}` },
    isValid(own, now) ? null : { code: 'CERTIFICATE_EXPIRED', what: `is valid from ${day(own.validFrom)} to ${day(own.validTo)}` },
    authority !== null &&
    chainTo(
      certificatesIn(authority),
      own,
      others.filter((one) => one !== null),
      now,
    ) !== null
      ? null
      : { code: 'CERTIFICATE_FOREIGN', what: issuerOf(own) },
    isFor(own, host) ? null : { code: 'CERTIFICATE_NAME', what: `does not name ${host}` },
  ];
  return found.filter((fault) => fault !== null);
}

function read(der: Uint8Array): X509Certificate | null {
  try {
    const certificate = new X509Certificate(der);
    // Some keys are only found to be unreadable when they are used.
    return certificate.publicKey.type === 'public' ? certificate : null;
  } catch {
    return null;
  }
}

/** Node tells no signature algorithm before version 24: it is looked for by its object identifiers in the certificate's own bytes. */
function brokenSignature({ raw }: X509Certificate): string | null {
  const broken = BROKEN.find(({ oid }) => raw.includes(oid));
  return broken === undefined ? null : `a signature with ${broken.name}`;
}

/** RSA with MD5 and with SHA-1 (RFC 3279), ECDSA with SHA-1, as DER. */
const BROKEN = [
  { name: 'MD5', oid: Buffer.from('06092a864886f70d010104', 'hex') },
  { name: 'SHA-1', oid: Buffer.from('06092a864886f70d010105', 'hex') },
  { name: 'SHA-1', oid: Buffer.from('06072a8648ce3d0401', 'hex') },
];

function issuerOf(own: X509Certificate): string {
  return own.checkIssued(own) ? 'is signed by itself' : 'is signed by somebody else than the authority of this site';
}

function day(date: string): string {
  return new Date(date).toISOString().slice(0, 10);
}
