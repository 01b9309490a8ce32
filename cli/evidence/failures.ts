import { EvidenceError, type EvidenceCode } from '../../lib/evidence/error.js';
import { CliError, type CliCode } from '../error.js';

/** What lib/evidence throws, told as an error of ours. */
export async function explainedEvidence<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    if (!(cause instanceof EvidenceError)) throw cause;
    throw new CliError(codeOf(cause), cause.message, { cause });
  }
}

function codeOf({ code }: EvidenceError): CliCode {
  return CODES[code] ?? 'ARCHIVE_FAILED';
}

const CODES: Partial<Record<EvidenceCode, CliCode>> = {
  OUT_EXISTS: 'CONFLICT',
  NOTHING_SEALED: 'NOT_FOUND',
  SERIES_ENDED: 'CONFLICT',
  SERIES_BUSY: 'CONFLICT',
  NO_SERIES: 'NOT_HERE',
  FOREIGN_SERIES: 'CONFIG_INVALID',
  FILE_UNUSABLE: 'FILE_UNUSABLE',
};
