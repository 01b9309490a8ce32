import { armor, enums } from 'openpgp';

/** Line lengths of openpgp.js and of gpg and sq. */
const WIDTHS = [60, 64];

/**
 * The bytes of an armored signature; null unless the text is exactly what armoring them gives, with or without a checksum. Text before or behind,
 * comments, a second block and loose white space would be read by some tools and skipped by others.
 */
export function unarmorSignature(text: string): Uint8Array | null {
  const [, body] =
    /^-----BEGIN PGP SIGNATURE-----\n\n([A-Za-z0-9+/=\n]+?)(?:\n=[A-Za-z0-9+/]{4})?\n-----END PGP SIGNATURE-----\n$/.exec(text) ?? [];
  if (body === undefined) return null;
  const bytes = Buffer.from(body, 'base64');
  const [checksum = ''] =
    /^=.{4}\n/m.exec(armor(enums.armor.signature, new Uint8Array(bytes), undefined, undefined, undefined, true)) ?? [];
  const forms = WIDTHS.flatMap((width) => [formOf(bytes, width, ''), formOf(bytes, width, checksum)]);
  return forms.includes(text) ? new Uint8Array(bytes) : null;
}

function formOf(bytes: Buffer, width: number, checksum: string): string {
  const lines = bytes.toString('base64').match(new RegExp(`.{1,${String(width)}}`, 'g')) ?? [];
  return `-----BEGIN PGP SIGNATURE-----\n\n${lines.join('\n')}\n${checksum}-----END PGP SIGNATURE-----\n`;
}
