import type { Finding, FindingCode } from '../../model/finding.js';
import type { IndicatorKind } from '../../model/hunt.js';
import type { Digest, Json } from '../../model/json.js';
import { hostOf } from '../../model/place.js';
import { isList, isObject } from '../../redfish/json.js';
import { ACCESS_SETTINGS } from '../../redfish/vendors/access/access.js';
import type { AccessSetting, DoorKind } from '../../redfish/vendors/access/setting.js';
import { sha256 } from '../../trust/canonical.js';
import { finding, quoted, traced, type Survey } from '../planning.js';
import type { Reading } from '../reader.js';
import type { Rooms } from './rooms.js';

/** Every setting that opens a way in or out, against what the inventory allows. Each thing is told once, wherever it shows. */
export async function reviewSettings(survey: Survey, rooms: Rooms): Promise<readonly Finding[]> {
  const found = new Map<string, Finding>();
  for (const { setting, reading, value } of await settingsOf(rooms)) {
    const kind = KINDS[setting.kind];
    if (kind.isAllowed(survey, value)) continue;
    const one = asTraced(finding(survey, kind.code, reading, kind.advice(setting, value)), setting.kind, value);
    found.set(JSON.stringify([one.code, one.uri, one.advice]), one);
  }
  return [...found.values()];
}

/** A community is a secret, and how many use a console names nobody. */
const INDICATORS: Readonly<Record<DoorKind, IndicatorKind | null>> = {
  directory: 'destination',
  destination: 'destination',
  community: null,
  'snmp-user': 'account',
  image: 'image',
  trust: 'key',
  mapping: 'key',
  key: 'key',
  console: null,
};

function asTraced(found: Finding, door: DoorKind, value: string): Finding {
  const kind = INDICATORS[door];
  return kind === null ? found : traced(found, kind, kind === 'key' ? digestOf(value) : value);
}

export interface ShownSetting {
  readonly setting: AccessSetting;
  readonly reading: Reading;
  readonly value: string;
}

/** What stands in every setting that opens a way in or out, where anything does. */
export async function settingsOf(rooms: Rooms): Promise<readonly ShownSetting[]> {
  const shown: ShownSetting[] = [];
  for (const setting of ACCESS_SETTINGS)
    for (const reading of await (setting.each ? rooms.membersOf(setting.uri) : rooms.of(setting.uri)))
      for (const value of valuesAt(reading.json ?? undefined, setting.path)) if (!isEmpty(value)) shown.push({ setting, reading, value });
  return shown;
}

interface Kind {
  readonly code: FindingCode;
  isAllowed(survey: Survey, value: string): boolean;
  advice(setting: AccessSetting, value: string): string;
}

const KINDS: Readonly<Record<DoorKind, Kind>> = {
  directory: {
    code: 'UNKNOWN_DIRECTORY',
    isAllowed: ({ target }, value) => isPlace(value, target.allow.directories),
    advice: ({ name }, value) =>
      `${name} ${quoted(value)} is not in the inventory; whoever runs it decides who logs in: find its owner, or take it out`,
  },
  destination: {
    code: 'UNKNOWN_DESTINATION',
    isAllowed: ({ target }, value) => isPlace(value, target.allow.destinations),
    advice: ({ name }, value) => `${name} ${quoted(value)} is not in the inventory; find out who listens there, or take it out`,
  },
  community: {
    code: 'SNMP_COMMUNITY',
    isAllowed: isListedKey,
    advice: ({ name }, value) =>
      DEFAULTS.has(value)
        ? `the ${name} is ${quoted(value)}, which everybody tries first; set another one, or turn SNMP off`
        : `an ${name} is set that the inventory does not know by its digest; take it for known, and set another one`,
  },
  'snmp-user': {
    code: 'UNKNOWN_SNMP_USER',
    isAllowed: ({ target }, value) => target.allow.accounts.some(({ userName }) => userName === value),
    advice: ({ name }, value) => `${name} ${quoted(value)} is not in the inventory; find its owner, or take it out`,
  },
  image: {
    code: 'MEDIA_MOUNTED',
    isAllowed: ({ target }, value) => isPlace(value, target.allow.destinations),
    advice: ({ name }, value) =>
      `${name} is mounted from ${quoted(value, 200)}; keep a copy of what lies there, and eject it only when the server does not run from it, or it may crash`,
  },
  trust: {
    code: 'UNKNOWN_TRUST_ANCHOR',
    isAllowed: isListedKey,
    advice: ({ name }, value) =>
      `${name} ${quoted(value)} (SHA-256 ${digestOf(value).slice(0, 16)}…) is not in the inventory; whoever holds its key is believed: find its owner, or take it out by hand`,
  },
  mapping: {
    code: 'CERTIFICATE_MAPPED',
    isAllowed: ({ target }, value) => target.allow.keys.some((key) => key === value.replaceAll(':', '').toLowerCase()),
    advice: ({ name }, value) =>
      `${name}: ${quoted(value, 100)} is not in the inventory; it logs in without a password: take it out by hand`,
  },
  key: {
    code: 'UNKNOWN_KEY',
    isAllowed: isListedKey,
    advice: ({ name }, value) =>
      `${name} ${quoted(value)} (SHA-256 ${digestOf(value).slice(0, 16)}…) is not in the inventory; take it out by hand`,
  },
  console: {
    code: 'CONSOLE_SESSION',
    isAllowed: () => false,
    advice: ({ name }, value) =>
      `${value} in over ${name} now, and no DELETE of Redfish ends that; turn the service off (the freeze does) or reset the BMC once its logs are sealed`,
  },
};

/** Communities that scanners try first. */
const DEFAULTS: ReadonlySet<string> = new Set(['public', 'private']);

function isListedKey({ target }: Survey, value: string): boolean {
  return target.allow.keys.includes(digestOf(value));
}

function digestOf(text: string): Digest<'key'> {
  return sha256<'key'>(text.trim());
}

/** A listed place is the whole text, or the host in it. */
function isPlace(value: string, listed: readonly string[] = []): boolean {
  const names = [value, hostOf(value)].map((name) => name.toLowerCase());
  return listed.some((one) => names.includes(one.toLowerCase()));
}

/** How BMCs write that nothing is set. */
function isEmpty(value: string): boolean {
  return /^(?:|0|0\.0\.0\.0|::|localhost|127\.0\.0\.1|none|n\/a|null|(?:00:)*00|0x0*)$/i.test(value.trim());
}

/** Texts and numbers at a path with wildcards; more than this nobody reads. */
const VALUES = 64;

function valuesAt(json: Json | undefined, path: readonly string[]): readonly string[] {
  const [name, ...rest] = path;
  if (name === undefined) return typeof json === 'string' || typeof json === 'number' ? [String(json)] : [];
  const within = isList(json) ? json.map((value): [string, Json] => ['', value]) : isObject(json) ? Object.entries(json) : [];
  const pattern = new RegExp(`^${name.split('*').map(escaped).join('.*')}$`);
  return within.flatMap(([key, value]) => (pattern.test(key) ? valuesAt(value, rest) : [])).slice(0, VALUES);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
