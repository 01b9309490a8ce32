/** Longer links are refused: no BMC needs them, and each is kept in memory and in the frontier. */
const LINK_CHARACTERS = 2_048;
/** Backslashes and blanks are refused as well: URL parsers disagree about them. */
const FORBIDDEN = /[\p{Cc}\p{Cf}\p{Z}\p{Cs}\\]/u;
const HERE = 'https://bmc.invalid';

/**
 * The one spelling of a link by which URIs are compared, asked and recorded, or null when it is no Redfish URI of this BMC: another
 * host or scheme, outside `/redfish`, control characters, over 2,048 characters. Cut or made equal are fragment, dot segments,
 * percent-encoding of what needs none, and the trailing slash; case, doubled slashes and the order of a query mean what they say.
 * @param base URI of the document that holds the link; only a link that starts with `?` is relative to it.
 * @param origin the BMC's own `https://host:port`; without it absolute links are refused, even to the BMC itself.
 */
export function canonicalUri(link: string, base: string, origin: string | null = null): string | null {
  const spelled = spelledUri(link, base, origin);
  return spelled === null ? null : withoutSlash(spelled);
}

/** {@link canonicalUri} with the slashes that end the path: what a redirect insists on. */
export function spelledUri(link: string, base: string, origin: string | null): string | null {
  if (link.length === 0 || link.length > LINK_CHARACTERS || FORBIDDEN.test(link)) return null;
  const url = parse(link, base, origin);
  if (url === null) return null;
  const uri = sameEncoding(url.pathname) + sameEncoding(url.search);
  return /^\/redfish(?:[/?]|$)/.test(uri) && uri.length <= LINK_CHARACTERS ? uri : null;
}

/** What goes on the request line for a canonical URI: the same, but for the service root, whose path ends with a slash (DSP0266). */
export function wirePath(uri: string): string {
  return uri === '/redfish/v1' ? '/redfish/v1/' : uri;
}

function withoutSlash(uri: string): string {
  const [path = '', ...query] = uri.split('?');
  return [path.replace(/\/+$/, ''), ...query].join('?');
}

function parse(link: string, base: string, origin: string | null): URL | null {
  const relative = link.startsWith('/') || link.startsWith('?') || link.startsWith('#');
  if (!relative && origin === null) return null;
  const home = origin ?? HERE;
  try {
    const url = relative ? new URL(link, home + base) : new URL(link);
    // `//host` and `https://user@host` are other places, however they start.
    return url.origin === new URL(home).origin && url.username === '' && url.password === '' ? url : null;
  } catch {
    return null;
  }
}

/** RFC 3986, 6.2.2: upper-case digits, and unreserved characters in clear. */
function sameEncoding(text: string): string {
  return text.replace(/%[0-9a-f]{2}/gi, (triplet) => {
    const character = String.fromCharCode(Number.parseInt(triplet.slice(1), 16));
    return /[A-Za-z0-9._~-]/.test(character) ? character : triplet.toUpperCase();
  });
}
