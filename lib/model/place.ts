/** The host in `scheme://user@host:port/path`, `host:port` or `//host/share`. */
export function hostOf(text: string): string {
  const place = text.replace(/^[a-z][a-z0-9+.-]*:/i, (scheme) => (text.slice(scheme.length).startsWith('//') ? '' : scheme));
  const [authority = ''] = place.replace(/^\/\//, '').split(/[/?#]/);
  const host = authority.split('@').at(-1) ?? '';
  return /^\[(?<address>[^\]]+)\]/.exec(host)?.groups?.['address'] ?? (host.split(':').length === 2 ? (host.split(':')[0] ?? '') : host);
}
