/** Why a conversation over IPMI failed; closed. */
export type IpmiCode =
  /** There is no ipmitool on this host. Nothing was sent. */
  | 'TOOL_MISSING'
  /** ipmitool before 1.8.19 can be overrun by what a BMC answers (CVE-2020-5208). Nothing was sent. */
  | 'TOOL_TOO_OLD'
  /** The credential does not fit IPMI: at most 16 bytes of name and 20 of password, no control characters. Nothing was sent. */
  | 'BAD_CREDENTIAL'
  /** Nobody answered before a session was asked for. */
  | 'UNREACHABLE'
  /** The BMC takes neither cipher suite 17 nor 3, or no other than such without authentication. No proof of the password was sent. */
  | 'CIPHER_REFUSED'
  /** The BMC refused name, password or privilege, or wants a key of its own (Kg). Nothing more is sent. */
  | 'LOGIN_REFUSED'
  /** The BMC has no room for another session. */
  | 'SESSION_LIMIT'
  /** No session, and ipmitool does not say why. Treated like a refusal: nothing more is sent. */
  | 'LOGIN_FAILED'
  /** The session ended before everything was answered. */
  | 'DROPPED'
  /** Not done within the limit. */
  | 'TIMEOUT'
  /** More output than any honest BMC causes. */
  | 'TOO_LARGE'
  /** ipmitool died, or printed what it never prints: something that the BMC sent may have led it astray. */
  | 'BAD_OUTPUT'
  /** The caller's signal fired. */
  | 'ABORTED'
  /** The conversation was over before. Nothing was sent. */
  | 'CLOSED';

/** Thrown by everything in `lib/ipmi`. Its message holds no secret, and of what the BMC said nothing but codes of ours. */
export class IpmiError extends Error {
  readonly code: IpmiCode;

  constructor(code: IpmiCode, message: string) {
    super(message);
    this.name = 'IpmiError';
    this.code = code;
  }
}
