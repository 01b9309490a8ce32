import { armor, enums } from 'openpgp';

/**
 * The one packet of an armored signature; null unless the text is exactly what armoring it gives, with or without a checksum. Text before or behind,
 * comments, a second block and other line lengths would be read by some tools and skipped by others.
 */
export function unarmorSignature(text: string): Uint8Array | null {
  const [, body] =
    /^-----BEGIN PGP SIGNATURE-----\n\n([A-Za-z0-9+/=\n]+?)(?:\n=[A-Za-z0-9+/]{4})?\n-----END PGP SIGNATURE-----\n$/.exec(text) ?? [];
  if (body === undefined) return null;
  const bytes = new Uint8Array(Buffer.from(body, 'base64'));
  const same = [true, false].some((checksum) => armor(enums.armor.signature, bytes, undefined, undefined, undefined, checksum) === text);
  return same ? bytes : null;
}
