/** Why a site directory or its private state cannot be used. */
export type SiteCode =
  /** At least one problem; all of them are in `problems`. */
  | 'SITE_INVALID'
  /** There is no site directory at that path. */
  | 'SITE_MISSING'
  /** The files changed between loading and copying. */
  | 'SITE_CHANGED'
  /** Fewer people of the trust root signed people and policy than the private configuration asks for. */
  | 'POLICY_UNSIGNED'
  /** `init` found something where it would write, or was asked to write private keys into the site directory. */
  | 'ALREADY_EXISTS'
  | 'STATE_INSIDE_SITE'
  /** Nobody could sign the first policy. */
  | 'NO_SIGNER'
  | 'CONFIG_MISSING'
  | 'CONFIG_INVALID'
  /** Others can read a private file, or write the file that pins the trust root. */
  | 'MODE_TOO_OPEN';

/** What is wrong with a site file. */
export type ProblemCode =
  | 'FILE_MISSING'
  | 'FILE_UNREADABLE'
  | 'FILE_TOO_LARGE'
  | 'FILE_NOT_REGULAR'
  | 'FILE_UNEXPECTED'
  | 'YAML_SYNTAX'
  | 'YAML_DUPLICATE_KEY'
  | 'YAML_TOO_MANY_ALIASES'
  | 'FIELD_UNKNOWN'
  | 'FIELD_MISSING'
  | 'FIELD_INVALID'
  | 'DUPLICATE_ID'
  | 'DUPLICATE_ADDRESS'
  | 'DUPLICATE_KEY'
  /** Two accounts of one target with one secret: neither could be replaced without the other. */
  | 'DUPLICATE_SECRET'
  | 'DUPLICATE_STEP'
  | 'NAME_MISMATCH'
  | 'TOO_MANY_INDICATORS'
  | 'UNKNOWN_ZONE'
  | 'UNKNOWN_AUTHORITY'
  | 'UNKNOWN_STORE'
  | 'UNKNOWN_PERSON'
  | 'AUTHORITY_UNREADABLE'
  | 'UNKNOWN_ROLE'
  | 'UNKNOWN_GATE'
  | 'UNKNOWN_STEP'
  | 'GATE_MISSING'
  | 'GATE_NOT_ALLOWED'
  | 'QUORUM_TOO_LARGE'
  | 'CERTIFICATE_MISSING'
  | 'CERTIFICATE_MISMATCH'
  | 'CERTIFICATE_UNSUITABLE'
  | 'PRIVATE_KEY_EXPOSED'
  | 'SIGNATURE_REFUSED'
  /** Isolation that would lock responders out, let everybody or a suspect in, or could not be proven. */
  | 'LIST_TOO_WIDE'
  | 'NOT_ONE_SPELLING'
  | 'RESPONDER_INSIDE'
  | 'NO_RESPONDER'
  | 'TARGET_OUTSIDE'
  | 'GATEWAY_BY_NAME';

/** One thing to put right. `file` is relative to the site directory; line 1 stands for the whole file. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly code: ProblemCode;
  readonly what: string;
  readonly fix: string;
}

/** Thrown by everything in lib/site. `problems` is empty unless single files are to blame. */
export class SiteError extends Error {
  override readonly name = 'SiteError';
  readonly code: SiteCode;
  readonly problems: readonly Problem[];

  constructor(code: SiteCode, message: string, options: ErrorOptions & { problems?: readonly Problem[] } = {}) {
    super(message, options);
    this.code = code;
    this.problems = options.problems ?? [];
  }
}

/** All problems at once, in the order in which one would walk through the files. */
export function siteInvalid(dir: string, problems: readonly Problem[]): SiteError {
  const sorted = [...problems].sort((a, b) => compare(a.file, b.file) || a.line - b.line);
  const lines = sorted.map(({ file, line, code, what, fix }) => `  ${file}:${String(line)} ${code} ${what}; ${fix}`);
  const count = sorted.length === 1 ? '1 problem' : `${String(sorted.length)} problems`;
  return new SiteError('SITE_INVALID', `${dir}: ${count}\n${lines.join('\n')}`, { problems: sorted });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
