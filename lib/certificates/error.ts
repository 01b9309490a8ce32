/** Why no certificate came of it; closed. */
export type CertificateCode =
  /** What the BMC told is no request for a certificate that can be read. */
  | 'REQUEST_UNREADABLE'
  /** The request is not signed with the key that it names: the BMC need not have that key. */
  | 'REQUEST_NOT_PROVEN'
  /** The key is too short, or of a kind that this version does not know. */
  | 'REQUEST_KEY_WEAK'
  /** The key is one that is known already: the one that is to be replaced, an earlier one, or another target's. */
  | 'REQUEST_KEY_KNOWN'
  /** It asks for another subject or other names than it was told to. */
  | 'REQUEST_SUBJECT'
  /** The site's authority did not answer with a certificate. */
  | 'AUTHORITY_FAILED'
  /** What it answered is not a certificate for this request that holds under the site's authority. */
  | 'CERTIFICATE_WRONG';

export class CertificateError extends Error {
  override readonly name = 'CertificateError';
  readonly code: CertificateCode;

  constructor(code: CertificateCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}
