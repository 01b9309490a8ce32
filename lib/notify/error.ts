/** Why a notice did not reach its endpoint. */
export type NotifyCode =
  /** Nobody answers there, or the connection broke. */
  | 'UNREACHABLE'
  | 'TIMEOUT'
  /** No TLS, or a certificate that does not hold; nothing was sent. */
  | 'TLS_REFUSED'
  /** The receiver asks for another try: a server error, too many requests. */
  | 'TRY_LATER'
  /** The receiver will not take it, however often it is sent. */
  | 'REFUSED'
  /** The key or login of the endpoint cannot be read on this host. */
  | 'SECRET_UNREADABLE'
  | 'COMMAND_MISSING'
  /** It ended with an error, or was stopped. */
  | 'COMMAND_FAILED'
  /** This incident's copy of the site has no such endpoint. */
  | 'UNKNOWN_ENDPOINT'
  /** The document that goes with the notice is not in this zone's store. */
  | 'DOCUMENT_MISSING'
  | 'ABORTED';

const FINAL: ReadonlySet<NotifyCode> = new Set(['REFUSED', 'UNKNOWN_ENDPOINT']);

/** Its message names the endpoint and never its address, which may be a secret, nor what the receiver said. */
export class NotifyError extends Error {
  override readonly name = 'NotifyError';
  readonly code: NotifyCode;
  /** How long the receiver wants to be left alone. */
  readonly retryAfterMs: number | null;

  constructor(code: NotifyCode, message: string, options: ErrorOptions & { readonly retryAfterMs?: number | null } = {}) {
    super(message, options);
    this.code = code;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }

  /** True when no retry can mend it. */
  get final(): boolean {
    return FINAL.has(this.code);
  }
}

const TLS_CODE =
  /^(ERR_SSL|ERR_TLS|EPROTO|ETLS|CERT_|CRL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE)|PATH_LENGTH)/;
const TIME_CODE = /TIMEDOUT|TIMEOUT/;

/** What the codes of sockets, OpenSSL and the libraries above them come to. */
export function connectionFailure(endpoint: string, cause: unknown, signal: AbortSignal): NotifyError {
  if (signal.aborted) return new NotifyError('ABORTED', `the notice to ${endpoint} is no longer wanted here`);
  const codes = codesOf(cause);
  const shown = codes[0] ?? 'no code';
  if (codes.some((code) => TLS_CODE.test(code)))
    return new NotifyError(
      'TLS_REFUSED',
      `${endpoint} is not who its certificate should show, or speaks no TLS (${shown}); nothing was sent`,
    );
  if (codes.some((code) => TIME_CODE.test(code)) || isTimeout(cause))
    return new NotifyError('TIMEOUT', `${endpoint} did not answer in time`);
  return new NotifyError('UNREACHABLE', `${endpoint} cannot be reached (${shown})`);
}

function codesOf(cause: unknown): readonly string[] {
  if (!(cause instanceof Error)) return [];
  const own = [at(cause, 'originalCode'), at(cause, 'code')].filter((code) => typeof code === 'string');
  return [...own, ...codesOf(cause.cause)];
}

function at(error: Error, name: string): unknown {
  return new Map<string, unknown>(Object.entries(error)).get(name);
}

function isTimeout(cause: unknown): boolean {
  return cause instanceof Error && cause.name === 'TimeoutError';
}
