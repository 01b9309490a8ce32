import { createHash } from 'node:crypto';
import type { Indicator } from '../../model/hunt.js';
import { plainAddress } from '../../redfish/log-record.js';
import { sha256 } from '../../trust/canonical.js';
import { hostOf } from '../review-access/settings.js';

/** Something that a BMC shows and that an indicator may be about. */
export interface Trace {
  readonly kind: 'account' | 'key' | 'place' | 'address' | 'image' | 'message';
  readonly text: string;
}

/** Whether the two are the same thing. A name that is merely like another, or holds it, is another name. */
export function isSame({ kind, value }: Indicator, trace: Trace): boolean {
  if (trace.kind === 'message') return kind !== 'key' && mentions(trace.text, kind === 'destination' ? placeOf(value) : value);
  switch (kind) {
    // BMCs differ in whether case counts in a login.
    case 'account':
      return trace.kind === 'account' && folded(trace.text) === folded(value);
    case 'key':
      return trace.kind === 'key' && namesOfKey(trace.text).includes(value);
    case 'address':
      return isPlaceLike(trace) && addressOf(value) !== null && addressOf(hostOf(trace.text)) === addressOf(value);
    case 'destination':
      return isPlaceLike(trace) && placeOf(trace.text) === placeOf(value) && placeOf(value) !== '';
    case 'image':
      return (
        trace.kind === 'image' && (folded(trace.text) === folded(value) || (isFileName(value) && fileOf(trace.text) === folded(value)))
      );
  }
}

/**
 * By what a key is named: SHA-256 of its text as it stands there, and what `ssh-keygen -l` (of an SSH key) or `openssl x509 -fingerprint` (of a
 * certificate) calls it, which no comment and no line end changes.
 */
export function namesOfKey(text: string): readonly string[] {
  const blob = /(?:^|\s|,)(?:ssh-|ecdsa-|sk-)[a-z0-9@.-]+\s+([A-Za-z0-9+/]{20,}={0,2})/.exec(text)?.[1];
  const certificate = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/.exec(text)?.[1];
  return [
    sha256(text.trim()),
    ...(blob === undefined ? [] : [`SHA256:${digestOf(blob, 'base64').replace(/=+$/, '')}`]),
    ...(certificate === undefined ? [] : [digestOf(certificate, 'hex')]),
  ];
}

function digestOf(base64: string, form: 'base64' | 'hex'): string {
  return createHash('sha256').update(Buffer.from(base64, 'base64')).digest(form);
}

function isPlaceLike({ kind }: Trace): boolean {
  return kind === 'place' || kind === 'image' || kind === 'address';
}

/** Where something is sent: the host, whatever scheme, port and path; of a mail address all of it, since many share its host. */
function placeOf(text: string): string {
  const whole = folded(text.trim());
  if (/^[^@\s/:]+@[^@\s/:]+$/.test(whole)) return whole;
  const host = hostOf(whole).replace(/\.$/, '');
  return addressOf(host) ?? host;
}

/** In the one spelling of RFC 5952; IPv4 in IPv6 is IPv4. */
function addressOf(text: string): string | null {
  const address = plainAddress(text);
  return address?.includes(':') === true ? new URL(`http://[${address}]`).hostname : address;
}

function fileOf(text: string): string {
  return folded(text.split(/[?#]/)[0]?.split(/[/\\]/).at(-1) ?? '');
}

function isFileName(value: string): boolean {
  return !/[/\\]/.test(value);
}

/** Names too short to be told from a word of the maker's say nothing. */
const TELLING = /[a-z0-9].*[a-z0-9].*[a-z0-9]/;

/** As a word of its own: `admin` is not in `backup-admin`, nor 10.0.0.1 in 10.0.0.11. */
function mentions(message: string, value: string): boolean {
  const [within, name] = [folded(message), folded(value)];
  if (!TELLING.test(name)) return false;
  for (let at = within.indexOf(name); at >= 0; at = within.indexOf(name, at + 1)) {
    const after = within.slice(at + name.length, at + name.length + 2);
    if (!/[\w.@-]/.test(within[at - 1] ?? '') && !/^(?:[\w@-]|\.\w)/.test(after)) return true;
  }
  return false;
}

function folded(text: string): string {
  return text.toLowerCase();
}
