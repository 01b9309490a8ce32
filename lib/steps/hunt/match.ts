import { createHash } from 'node:crypto';
import type { Indicator } from '../../model/hunt.js';
import { plainAddress } from '../../redfish/log-record.js';
import { sha256 } from '../../trust/canonical.js';
import { hostOf } from '../../model/place.js';

/** Something that a BMC shows and that an indicator may be about. */
export interface Trace {
  readonly kind: 'account' | 'key' | 'place' | 'address' | 'image' | 'message';
  readonly text: string;
}

/** Finds what of a list a trace is. A log has a hundred thousand records: each side is brought into one spelling once. */
export function lookFor<One extends Indicator>(sought: readonly One[]): (trace: Trace) => readonly One[] {
  const wanted = sought.map((indicator) => ({ indicator, ...wantedOf(indicator) }));
  return (trace) => {
    const shown = shownOf(trace);
    return wanted.filter((one) => isSame(one, shown)).map(({ indicator }) => indicator);
  };
}

interface Wanted extends Pick<Indicator, 'kind'> {
  /** In the spelling in which the kind is compared. */
  readonly name: string;
}

function wantedOf({ kind, value }: Indicator): Wanted {
  if (kind === 'key') return { kind, name: value };
  if (kind === 'address') return { kind, name: addressOf(value) ?? '' };
  return { kind, name: kind === 'destination' ? placeOf(value) : folded(value) };
}

interface ShownTrace extends Pick<Trace, 'kind'> {
  readonly name: string;
  readonly place: string;
  readonly address: string;
  readonly file: string;
  readonly keys: readonly string[];
}

function shownOf({ kind, text }: Trace): ShownTrace {
  const isPlace = kind === 'place' || kind === 'image' || kind === 'address';
  return {
    kind,
    name: folded(text),
    place: isPlace ? placeOf(text) : '',
    address: isPlace ? (addressOf(hostOf(text)) ?? '') : '',
    file: kind === 'image' ? fileOf(text) : '',
    keys: kind === 'key' ? namesOfKey(text) : [],
  };
}

/** Whether the two are the same thing. A name that is merely like another, or holds it, is another name. */
function isSame({ kind, name }: Wanted, shown: ShownTrace): boolean {
  if (name === '') return false;
  if (shown.kind === 'message') return kind !== 'key' && mentions(shown.name, name);
  switch (kind) {
    // BMCs differ in whether case counts in a login.
    case 'account':
      return shown.kind === 'account' && shown.name === name;
    case 'key':
      return shown.keys.includes(name);
    case 'address':
      return shown.address === name;
    case 'destination':
      return shown.place === name;
    case 'image':
      return shown.kind === 'image' && (shown.name === name || (isFileName(name) && shown.file === name));
  }
}

/**
 * By what a key is named: SHA-256 of its text as it stands there, and what `ssh-keygen -l` (of an SSH key) or `openssl x509 -fingerprint` (of a
 * certificate) calls it, which no comment and no line end changes.
 */
function namesOfKey(text: string): readonly string[] {
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

function isFileName(name: string): boolean {
  return !/[/\\]/.test(name);
}

/** Names too short to be told from a word of the maker's say nothing. */
const TELLING = /[a-z0-9].*[a-z0-9].*[a-z0-9]/;

/** As a word of its own: `admin` is not in `backup-admin`, nor 10.0.0.1 in 10.0.0.11. */
function mentions(message: string, name: string): boolean {
  for (let at = message.indexOf(name); at >= 0; at = message.indexOf(name, at + 1)) {
    const after = message.slice(at + name.length, at + name.length + 2);
    if (TELLING.test(name) && !/[\w.@-]/.test(message[at - 1] ?? '') && !/^(?:[\w@-]|\.\w)/.test(after)) return true;
  }
  return false;
}

function folded(text: string): string {
  return text.toLowerCase();
}
