/** Why no secret was sent, besides what the connection itself says; closed. */
export type LoginCode =
  /** A secret was refused, or another key was seen, before in this incident: nothing secret leaves until a person has decided. */
  | 'SECRET_BURNED'
  /** A rotation is under way: which of two secrets the BMC takes is being found out. */
  | 'SECRET_IN_DOUBT'
  /** A rotation ended with both secrets refused. */
  | 'BOTH_REFUSED'
  /** Two signed statements trust two different keys for the same turn: neither counts. */
  | 'TRUST_CONFLICT';

/** Thrown before anything secret left. Its message names references, never what they hold. */
export class LoginError extends Error {
  override readonly name = 'LoginError';
  readonly code: LoginCode;

  constructor(code: LoginCode, message: string) {
    super(message);
    this.code = code;
  }
}
