import type { Refusal } from '../lib/model/refusals.js';

/** Exit codes of design.md section 8. 3 is "the answer is no", 8 "pending", 124 and 130 "the incident goes on". */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  no: 3,
  notAuthorised: 4,
  incomplete: 5,
  cannotCheck: 6,
  pending: 8,
  notFound: 10,
  conflict: 11,
  timedOut: 124,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Everything the command line can fail with. Refusals of a statement keep the word that validator and executor use. */
export type CliCode =
  | Refusal
  | 'USAGE'
  | 'INPUT_NEEDED'
  | 'SITE_INVALID'
  | 'CONFIG_INVALID'
  | 'KEY_UNREADABLE'
  | 'PEOPLE_UNKNOWN'
  | 'FILE_UNUSABLE'
  | 'ENGINE_NOT_FOUND'
  | 'ENGINE_UNREACHABLE'
  | 'ENGINE_FAILED'
  | 'NO_WORKER'
  | 'OUTCOME_UNKNOWN'
  | 'NOT_FOUND'
  | 'NOT_HERE'
  | 'CONFLICT'
  | 'FORGED_PLAN'
  | 'ARCHIVE_FAILED'
  | 'REFUSED'
  | 'DECLINED'
  | 'DRILL_FAILED'
  | 'INTERRUPTED'
  | 'UNEXPECTED';

const EXIT_OF: Readonly<Record<CliCode, ExitCode>> = {
  USAGE: EXIT.usage,
  INPUT_NEEDED: EXIT.usage,
  SITE_INVALID: EXIT.usage,
  CONFIG_INVALID: EXIT.usage,
  KEY_UNREADABLE: EXIT.usage,
  PEOPLE_UNKNOWN: EXIT.notFound,
  FILE_UNUSABLE: EXIT.failed,
  ENGINE_NOT_FOUND: EXIT.failed,
  ENGINE_UNREACHABLE: EXIT.failed,
  ENGINE_FAILED: EXIT.failed,
  NO_WORKER: EXIT.failed,
  OUTCOME_UNKNOWN: EXIT.timedOut,
  NOT_FOUND: EXIT.notFound,
  NOT_HERE: EXIT.notFound,
  CONFLICT: EXIT.conflict,
  FORGED_PLAN: EXIT.no,
  ARCHIVE_FAILED: EXIT.failed,
  REFUSED: EXIT.no,
  DECLINED: EXIT.no,
  DRILL_FAILED: EXIT.failed,
  INTERRUPTED: EXIT.interrupted,
  UNEXPECTED: EXIT.failed,
  STATEMENT_MALFORMED: EXIT.failed,
  STATEMENT_TOO_LARGE: EXIT.usage,
  STATEMENT_NOT_CANONICAL: EXIT.failed,
  WRONG_INCIDENT: EXIT.no,
  WRONG_LAUNCH: EXIT.no,
  WRONG_POLICY: EXIT.no,
  WRONG_GATE: EXIT.no,
  WRONG_ROUND: EXIT.no,
  WRONG_ROOT: EXIT.no,
  WRONG_COUNTS: EXIT.no,
  GATE_CLOSED: EXIT.no,
  REQUESTER_EXCLUDED: EXIT.notAuthorised,
  ALREADY_DECIDED: EXIT.no,
  NOT_IN_KEYRING: EXIT.notAuthorised,
  SIGNATURE_UNREADABLE: EXIT.failed,
  SIGNATURE_CLASS: EXIT.notAuthorised,
  SIGNATURE_HASH: EXIT.notAuthorised,
  SIGNATURE_IN_FUTURE: EXIT.no,
  SIGNATURE_PURPOSE: EXIT.notAuthorised,
  SIGNATURE_INVALID: EXIT.notAuthorised,
  KEY_UNSUPPORTED: EXIT.notAuthorised,
  KEY_UNUSABLE: EXIT.notAuthorised,
  KEY_EXPIRED: EXIT.notAuthorised,
  KEY_REVOKED: EXIT.notAuthorised,
  NOT_ALLOWED: EXIT.notAuthorised,
  NOT_YET_VALID: EXIT.no,
  NO_LONGER_VALID: EXIT.no,
  WRONG_RETRY: EXIT.no,
  WRONG_PIN: EXIT.no,
  NOT_PARKED: EXIT.no,
  NOT_OFFERED: EXIT.no,
  NOT_HELD: EXIT.no,
  UNKNOWN_TARGET: EXIT.notFound,
  INCIDENT_ENDED: EXIT.no,
  NOT_AUTHENTIC: EXIT.failed,
  ALREADY_IN: EXIT.no,
  LEASE_HELD: EXIT.conflict,
  OTHER_ZONE: EXIT.no,
  RECORD_DIFFERS: EXIT.no,
  WRONG_TURN: EXIT.no,
  OFF_SCHEDULE: EXIT.no,
};

/** What a person is told: what happened, why, how to go on, where to look. */
export interface Advice {
  readonly why?: string;
  readonly fix?: string;
  readonly see?: string;
  readonly cause?: unknown;
}

/**
 * The one error that commands throw. `message` says what happened, without a trailing full stop; the exit code follows from the code
 * alone, so that scripts can rely on it.
 */
export class CliError extends Error {
  readonly code: CliCode;
  readonly why: string | null;
  readonly fix: string | null;
  readonly see: string | null;

  constructor(code: CliCode, message: string, advice: Advice = {}) {
    super(message, advice.cause === undefined ? {} : { cause: advice.cause });
    this.name = 'CliError';
    this.code = code;
    this.why = advice.why ?? null;
    this.fix = advice.fix ?? null;
    this.see = advice.see ?? null;
  }

  get exitCode(): ExitCode {
    return EXIT_OF[this.code];
  }
}

/** A bug, or something no command foresaw: told as such, with the stack only on `--verbose`. */
export function asCliError(error: unknown): CliError {
  if (error instanceof CliError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new CliError('UNEXPECTED', message, { fix: 'run it again with --verbose and report what it prints', cause: error });
}
