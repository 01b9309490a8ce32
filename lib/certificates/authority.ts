import { ask } from '../isolation/ask.js';
import type { AuthorityTerms } from '../model/site.js';
import { CertificateError } from './error.js';

/** Who signs requests for certificates. */
export interface Authority {
  /** PEM of its own certificates, which the site vouches for. */
  readonly pem: string;
  /** PEM of the certificate, and of those above it. Nothing of it is checked yet. Throws AUTHORITY_FAILED. */
  sign(request: string, signal: AbortSignal): Promise<string>;
}

/** A person may have to touch a token of the authority. */
const LIMIT_MS = 120_000;
/** A chain of certificates is far shorter. */
const CHARACTERS = 131_072;

/** The team's own program: the request on its standard input, certificates on its standard output. docs/certificates.md has an example with openssl. */
export function commandAuthority({ command }: Pick<AuthorityTerms & { kind: 'command' }, 'command'>, pem: string): Authority {
  return {
    pem,
    async sign(request, signal) {
      const { ended, why, stdout } = await ask(command, request, { limitMs: LIMIT_MS, signal });
      if (ended !== 'done') throw new CertificateError('AUTHORITY_FAILED', `the program that signs certificates: ${why}`);
      if (stdout.length > CHARACTERS)
        throw new CertificateError('AUTHORITY_FAILED', 'the program that signs certificates printed too much');
      return stdout.toString('latin1');
    },
  };
}
