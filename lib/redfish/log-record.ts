import { isIP } from 'node:net';
import type { Json } from '../model/json.js';
import { plain } from '../model/text.js';
import { at, isList, textAt } from './json.js';
import type { LogEvent, LogMessage } from './vendors/log-message.js';
import type { Numbering } from './vendors/vendor.js';
import { VENDORS } from './vendors/vendors.js';

/** One entry of a log, read with what is known of all makers: whose BMC it says it is changes nothing. */
export interface LogRecord {
  readonly number: number | null;
  /** By the BMC's clock, milliseconds since 1970; null for an entry without a date that means one. */
  readonly at: number | null;
  readonly event: LogEvent | null;
  /** Who it says did it. */
  readonly user: string | null;
  /** From where, in the plain spelling of an IP address. */
  readonly address: string | null;
  /** What it was done to. */
  readonly about: string | null;
  /** How often, folded into one. */
  readonly count: number;
  /** Stripped and bounded. */
  readonly message: string;
}

/** Reads one entry of a log. Everything in it is the BMC's word: bounded, stripped, never a path. */
export function logRecord(entry: Json, numbering: Numbering): LogRecord {
  const message = plain(textAt(entry, 'Message') ?? '', MESSAGE);
  const known = meaningOf(messageIds(entry, message), message);
  const groups = known?.text?.exec(message)?.groups ?? {};
  const said = argumentsOf(entry);
  const elsewhere = fromFields(entry);
  const user = groups['user'] ?? elsewhere.user ?? said.user;
  return {
    number: numberAt(entry, numbering.path),
    at: dateOf(textAt(entry, 'Created') ?? ''),
    event: known?.event ?? sensedEvent(entry),
    user: user === null || user.trim() === '' ? null : plain(user, NAME),
    address: plainAddress(groups['address'] ?? '') ?? elsewhere.address ?? said.address,
    about: groups['about'] ?? null,
    count: Number(groups['count'] ?? 0) || elsewhere.count,
    message,
  };
}

/** How the records of a log are numbered; a log that is numbered without a gap shows it in its entries, whatever it is called. */
export function numberingOf(entries: readonly Json[], known: Numbering): Numbering {
  if (known.rule === 'contiguous') return known;
  const seen = CONTIGUOUS.find(({ path }) => entries.some((entry) => numberAt(entry, path) !== null));
  return seen ?? known;
}

/** IPv4 in IPv6 spelling is IPv4; a zone is no part of an address; anything that is none is null. */
export function plainAddress(text: string): string | null {
  const address = text
    .trim()
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/%.*$/, '')
    .replace(/^::ffff:(?=\d+\.)/, '');
  return isIP(address) === 0 || address === '0.0.0.0' || address === '::' ? null : address;
}

const MESSAGE = 400;
const NAME = 64;
const MESSAGES: readonly LogMessage[] = VENDORS.flatMap(({ messages }) => messages);
const ENTRIES = VENDORS.map(({ entry }) => entry);
const UNDATED: readonly string[] = VENDORS.flatMap(({ undated }) => undated.prefixes);
const CONTIGUOUS: readonly Numbering[] = VENDORS.flatMap(({ logs }) => logs.map(({ numbering }) => numbering)).filter(
  ({ rule }) => rule === 'contiguous',
);

/** Without registry and version; iLO's own are two numbers, Supermicro writes them in front of the text. */
function messageIds(entry: Json, message: string): readonly string[] {
  const written = textAt(entry, 'MessageId') ?? '';
  const elsewhere = ENTRIES.flatMap(({ messageId }) => (messageId === null ? [] : (textAt(entry, ...messageId) ?? [])));
  const inText = /^\[([A-Z]{3}-\d{4})\]/.exec(message)?.[1];
  const short = /^\d{1,5}\.\d{1,5}$/.test(written) ? written : (written.split('.').at(-1) ?? '');
  return [short, ...elsewhere, ...(inText === undefined ? [] : [inText])].filter((id) => id !== '');
}

/** Of several rows for one id the text tells which is meant; when none fits, the last, which says least. Rows for any id go by their text alone. */
function meaningOf(ids: readonly string[], message: string): LogMessage | undefined {
  const sameId = MESSAGES.filter((row) => row.ids.some((id) => ids.includes(id)));
  const fits = ({ text }: LogMessage): boolean => text?.test(message) ?? true;
  return sameId.find(fits) ?? sameId.at(-1) ?? MESSAGES.find((row) => row.ids.length === 0 && fits(row));
}

/** A sensor that says what it watches needs no message id. */
function sensedEvent(entry: Json): LogEvent | null {
  const watches = textAt(entry, 'SensorType') ?? '';
  return /^Physical (?:Chassis )?Security/.test(watches) && !/Deassert/i.test(textAt(entry, 'EntryCode') ?? '') ? 'intrusion' : null;
}

/** Many makers write user and address as arguments, one after the other: an address makes the text before it a user. */
function argumentsOf(entry: Json): { readonly user: string | null; readonly address: string | null } {
  const given = at(entry, 'MessageArgs');
  const texts = (isList(given) ? given.slice(0, 8) : []).map((arg) => (typeof arg === 'string' ? arg : ''));
  const place = texts.findIndex((text) => plainAddress(text) !== null);
  const before = texts[place - 1] ?? '';
  return { user: place > 0 && before !== '' ? before : null, address: plainAddress(texts[place] ?? '') };
}

function fromFields(entry: Json): { readonly user: string | null; readonly address: string | null; readonly count: number } {
  const text = (path: readonly string[] | null): string | undefined => (path === null ? undefined : textAt(entry, ...path));
  const users = ENTRIES.map(({ user }) => text(user)).find((said) => said !== undefined && said !== '');
  const address = ENTRIES.map(({ address: path }) => plainAddress(text(path) ?? '')).find((said) => said !== null);
  const count = ENTRIES.map(({ count: path }) => (path === null ? undefined : at(entry, ...path))).find((said) => typeof said === 'number');
  return {
    // Supermicro writes the role behind the name: ADMIN(ADMIN).
    user: users?.replace(/\(.*$/, '') ?? null,
    address: address ?? null,
    count: typeof count === 'number' && Number.isSafeInteger(count) && count > 0 ? Math.min(count, 1_000_000) : 1,
  };
}

function numberAt(entry: Json, path: readonly string[]): number | null {
  const value = path.length === 0 ? undefined : at(entry, ...path);
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : null;
}

function dateOf(text: string): number | null {
  if (UNDATED.some((beginning) => text.startsWith(beginning))) return null;
  const time = text.length > 40 ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? null : time;
}
