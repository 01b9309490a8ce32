import type { Refusal } from '../model/refusals.js';

/** What can be wrong with a key or a document before any statement is looked at. */
export type KeyCode =
  /** Not one OpenPGP certificate or private key as ASCII armor. */
  | 'KEY_UNREADABLE'
  /** A private key lies where only certificates belong. */
  | 'KEY_PRIVATE'
  /** The private key is locked and the passphrase is missing or wrong. */
  | 'KEY_PASSPHRASE'
  /** Not representable as canonical JSON: undefined, NaN, a class instance, half a surrogate pair. */
  | 'NOT_JSON';

export type TrustCode = Refusal | KeyCode;

/** Thrown by everything that makes or checks keys, signatures and statements. A refusal's code travels unchanged to the person who signed. */
export class TrustError extends Error {
  override readonly name = 'TrustError';
  readonly code: TrustCode;

  constructor(code: TrustCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
