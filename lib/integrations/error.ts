/** Why a site's command for another server's secrets came to nothing; closed. */
export type IntegrationCode =
  /** There is no such program. */
  | 'INTEGRATION_MISSING'
  /** It failed, or did not answer in time: only its status tells what it did. */
  | 'INTEGRATION_UNREACHABLE'
  /** It answered something other than its contract says. */
  | 'INTEGRATION_UNREADABLE'
  /** It says that it does not take the secret, and changed nothing. */
  | 'INTEGRATION_REFUSED';

/** Its message never holds what the program was given. */
export class IntegrationError extends Error {
  override readonly name = 'IntegrationError';
  readonly code: IntegrationCode;

  constructor(code: IntegrationCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}
