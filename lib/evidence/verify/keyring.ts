import type { Certificate } from '../../trust/keys.js';
import { readCertificate } from '../../trust/keys.js';

/** The pinned certificates. The only source of trust: nothing that came with the evidence is ever looked at. */
export interface Keyring {
  readonly certificates: readonly Certificate[];
  /** Pinned, but of a kind that this verifier cannot read: a signature by an unknown key may then be by one of these. */
  readonly unreadable: number;
}

/** A text may hold several armored blocks, as `gpg --armor --export` of several keys or concatenated files do. */
export async function readKeyring(texts: readonly string[]): Promise<Keyring> {
  const found = texts.map((text) => text.match(BLOCK) ?? []);
  const blocks = found.flat();
  const read = await Promise.all(blocks.map((block) => readCertificate(block).catch(() => null)));
  const certificates = read.filter((certificate) => certificate !== null);
  return { certificates, unreadable: found.filter(({ length }) => length === 0).length + read.length - certificates.length };
}

const BLOCK = /^-----BEGIN PGP [A-Z ]+-----$[^]*?^-----END PGP [A-Z ]+-----$/gm;
