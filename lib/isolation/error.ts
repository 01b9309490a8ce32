/** Why an enforcer or a vantage point could not do what was asked. */
export type IsolationCode =
  /** The gateway, the script or the vantage point does not answer; nothing was changed as far as anybody knows. */
  | 'ENFORCER_UNREACHABLE'
  /** Another host key than the pinned one answers over ssh; nothing was sent to it. */
  | 'HOST_KEY_CHANGED'
  /** `nft` or another program that it takes is not there. */
  | 'TOOL_MISSING'
  /** The enforcer, or our own check, does not accept the rules; nothing was changed. */
  | 'RULES_REFUSED'
  /** Rules of another incident are in force. */
  | 'ANOTHER_INCIDENT'
  /** It answered something that cannot be understood. */
  | 'ENFORCER_UNREADABLE'
  /** It did not answer in time; what it did is not known. */
  | 'ENFORCER_TIMEOUT';

export class IsolationError extends Error {
  readonly code: IsolationCode;

  constructor(code: IsolationCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'IsolationError';
    this.code = code;
  }
}
