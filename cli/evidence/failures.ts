import { EvidenceError } from '../../lib/evidence/error.js';
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
  if (code === 'OUT_EXISTS') return 'CONFLICT';
  return code === 'NOTHING_SEALED' ? 'NOT_FOUND' : 'ARCHIVE_FAILED';
}
