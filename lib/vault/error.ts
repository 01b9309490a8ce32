/** Why a secret was not read, not written, or not given away. */
export type VaultCode =
  | 'BAD_REFERENCE'
  | 'UNKNOWN_STORE'
  | 'NOT_FOUND'
  | 'MODE_TOO_OPEN'
  | 'UNREADABLE'
  | 'UNWRITABLE'
  /** Another pending credential is in the way; somebody else is at it, or left it there. */
  | 'PENDING_EXISTS'
  /** The current credential is not the one that the pending one was made from. */
  | 'VERSION_CONFLICT'
  /** The server did not answer, or not as itself. Whether a change was made is not known: ask again with the same key. */
  | 'UNREACHABLE'
  /** The server answers and has its secrets locked. */
  | 'SEALED'
  /** The server does not let us, also after a new login. */
  | 'FORBIDDEN'
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
