/** Longer paths are refused; no BMC needs them. */
const CHARACTERS = 2_048;
/** RFC 3986 path and query, and nothing else: no fragment, backslash, blank, control or non-ASCII character. */
const PATH = /^\/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*(?:\?[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?$/;
/** Percent-encoded separators, dots, percent signs and control characters: two servers may read them in two ways. */
const AMBIGUOUS = /%(?![0-9a-f]{2})|%(?:0[0-9a-f]|1[0-9a-f]|2[ef5]|5c|7f)/i;
/** Reading a task monitor can delete its task (XCC) or is answered once (bmcweb); actions and sessions are no files. */
const NO_FILE = /\/(?:taskmonitors?|actions|sessions)(?:\/|$)|\/monitor$/i;

/**
 * The request target of a file that a resource of the BMC names (`AdditionalDataURI`, `extref`, `Location`), byte for byte as it is spelled, or
 * null when it is not the plain path of a file on this BMC. Unlike resources, files may lie outside `/redfish` (HPE: `/ahsdata/…`).
 * @param origin the BMC's own `https://host:port`, which some write before the path.
 */
export function downloadPath(link: string, origin: string | null = null): string | null {
  const path = origin !== null && link.startsWith(`${origin}/`) ? link.slice(origin.length) : link;
  if (path.length > CHARACTERS || !PATH.test(path) || AMBIGUOUS.test(path)) return null;
  const [plain = ''] = path.split('?');
  const parts = plain.slice(1).split('/');
  const isPlain = parts.every((part) => part !== '' && part !== '.' && part !== '..');
  return isPlain && !NO_FILE.test(plain) ? path : null;
}
