import { X509Certificate } from 'node:crypto';
import type { Problem } from './error.js';
import type { RawFile } from './read-files.js';

const AUTHORITY = /^ca\/(.+)$/;
const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * The certificate authorities in ca/, by file name. Each file holds one or more certificates that may issue others and nothing else: a file in
 * which a private key or a server's own certificate lies would vouch for something nobody meant.
 */
export function readAuthorities(files: readonly RawFile[]): {
  readonly authorities: Readonly<Record<string, string>>;
  readonly problems: readonly Problem[];
} {
  const authorities: Record<string, string> = {};
  const problems: Problem[] = [];
  for (const { path, text } of files) {
    const name = AUTHORITY.exec(path)?.[1];
    if (name === undefined) continue;
    const what = faultIn(text);
    if (what === null) authorities[name] = text;
    else
      problems.push({
        file: path,
        line: 1,
        code: 'AUTHORITY_UNREADABLE',
        what,
        fix: 'put the PEM certificate of the issuing authority there, alone or with those above it',
      });
  }
  return { authorities, problems };
}

function faultIn(text: string): string | null {
  const blocks = text.match(PEM) ?? [];
  if (blocks.length === 0 || blocks.length !== text.split('-----BEGIN ').length - 1)
    return 'expected PEM certificates and nothing else that is armored';
  try {
    return blocks.every((block) => new X509Certificate(block).ca) ? null : 'expected certificates of authorities (basic constraint CA)';
  } catch {
    return 'expected PEM certificates, got something that cannot be parsed';
  }
}
