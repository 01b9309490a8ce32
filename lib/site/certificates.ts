import { TrustError } from '../trust/error.js';
import { readCertificate } from '../trust/keys.js';
import type { Problem } from './error.js';
import type { RawFile } from './read-files.js';

const CERTIFICATE = /^keys\/([0-9A-F]{40})\.asc$/;

/** Certificates in keys/, by fingerprint. A file name proves nothing: each must hold the key that it is named after. */
export async function readCertificates(
  files: readonly RawFile[],
): Promise<{ readonly certificates: Readonly<Record<string, string>>; readonly problems: readonly Problem[] }> {
  const certificates: Record<string, string> = {};
  const problems: Problem[] = [];
  for (const { path, text } of files) {
    const fingerprint = CERTIFICATE.exec(path)?.[1];
    if (fingerprint === undefined) continue;
    const problem = await problemIn(path, fingerprint, text);
    if (problem === null) certificates[fingerprint] = text;
    else problems.push(problem);
  }
  return { certificates, problems };
}

async function problemIn(file: string, fingerprint: string, text: string): Promise<Problem | null> {
  try {
    const certificate = await readCertificate(text);
    if (certificate.fingerprint === fingerprint) return null;
    return {
      file,
      line: 1,
      code: 'CERTIFICATE_MISMATCH',
      what: `expected the certificate of ${fingerprint}, got that of ${certificate.fingerprint}`,
      fix: 'find out who changed it; then export the right one under this name, or rename the file after its primary key',
    };
  } catch (error) {
    if (!(error instanceof TrustError)) throw error;
    const exposed = error.code === 'KEY_PRIVATE';
    return {
      file,
      line: 1,
      code: exposed ? 'PRIVATE_KEY_EXPOSED' : 'CERTIFICATE_UNSUITABLE',
      what: error.message,
      fix: exposed ? 'revoke this key, and remove it from the history of this directory' : 'replace this file by a certificate that fits',
    };
  }
}
