/** Why a secret was not read, not written, or not given away. */
export type VaultCode =
  | 'BAD_REFERENCE'
  | 'UNKNOWN_STORE'
  | 'NOT_FOUND'
  | 'MODE_TOO_OPEN'
  | 'UNREADABLE'
  | 'UNWRITABLE'
  /** Something tried to serialise a secret; always a mistake in the program. */
  | 'SECRET_EXPOSED';

/** Thrown by secret stores. Its message names references and files, never what they hold. */
export class VaultError extends Error {
  override readonly name = 'VaultError';
  readonly code: VaultCode;

  constructor(code: VaultCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
