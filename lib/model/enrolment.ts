import type { Digest, Id, Time } from './json.js';

/** What is seen of a BMC that is to be enrolled. All of it is the peer's own word, but for the key, which it has proven to own. */
export interface Enrolment {
  readonly target: Id<'target'>;
  /** SHA-256 of the SubjectPublicKeyInfo that answered. */
  readonly pin: Digest<'spki'>;
  readonly tls: { readonly version: string; readonly cipher: string };
  /** The chain as the handshake showed it, the peer's own certificate first. */
  readonly certificates: readonly SeenCertificate[];
  /** Empty text where nothing was visible. */
  readonly identity: { readonly serial: string; readonly uuid: string };
  /** True when a login completed the identity: only to a key that a person has compared. */
  readonly loggedIn: boolean;
}

export interface SeenCertificate {
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: Time | null;
  readonly notAfter: Time | null;
  /** Of the certificate (DER), as `openssl x509 -fingerprint -sha256` has it, without colons and in lower case. */
  readonly sha256: Digest<'certificate'>;
}
