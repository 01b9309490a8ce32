import { keyOf } from './content.js';
import { textAt, type JsonObject } from './json.js';
import { stamped } from './resources.js';
import type { Vendor } from './vendor.js';

/** What a BMC writes into its audit log about those who log in. */
export interface AuditEvent {
  readonly what:
    'login' | 'logout' | 'login-failed' | 'account-changed' | 'session-ended' | 'subscription-changed' | 'key-changed' | 'log-cleared';
  readonly userName: string;
  readonly address: string;
  /** The account, session or destination that was changed. */
  readonly about?: string;
}

/** One log service's entries: bounded, dropping the oldest, ids never reused. */
export class Log {
  readonly #vendor: Vendor;
  readonly #collection: JsonObject;
  readonly #uri: string;
  readonly #entries: JsonObject[] = [];
  #last: number;
  readonly #most: number;

  /** `first`: the id of the first entry; a log that wrapped starts high. */
  constructor(options: { vendor: Vendor; uri: string; collection: JsonObject; first: number; most: number }) {
    this.#vendor = options.vendor;
    this.#uri = options.uri;
    this.#collection = options.collection;
    this.#last = options.first - 1;
    this.#most = options.most;
  }

  /** Returns the entry's URI. */
  add(created: Date, event: { messageId: string; message: string; args: readonly string[]; severity: string }): string {
    this.#last += 1;
    this.#entries.push(entryOf(this.#vendor, this.#uri, this.#last, created, event));
    if (this.#entries.length > this.#most) this.#entries.shift();
    return `${this.#uri}/${this.#last}`;
  }

  record(event: AuditEvent): string {
    return this.add(new Date(), describe(this.#vendor, event));
  }

  /** Takes records out of the middle, as somebody does who knows where they lie; returns the URI of the one behind the hole. */
  cut(records: number): string | null {
    const from = this.#entries.length >> 1;
    this.#entries.splice(from, records);
    const behind = this.#entries[from];
    return behind === undefined ? null : textAt(behind, '@odata.id');
  }

  /** The collection, one of its pages, or one entry; null for any other URI; `out-of-range` for a page behind the last. */
  read(uri: string): JsonObject | 'out-of-range' | null {
    const [path = '', query] = keyOf(uri).split('?');
    if (path === keyOf(this.#uri)) return this.#page(query ?? '');
    if (query !== undefined || !path.startsWith(`${keyOf(this.#uri)}/`)) return null;
    return this.#entries.find((entry) => keyOf(textAt(entry, '@odata.id')) === path) ?? null;
  }

  #page(query: string): JsonObject | 'out-of-range' {
    // An iDRAC shows the newest first, the others the oldest.
    const all = this.#vendor.name === 'dell' ? [...this.#entries].reverse() : this.#entries;
    if (this.#vendor.name !== 'dell')
      return stamped({ ...this.#collection, Members: all, 'Members@odata.count': all.length }, this.#vendor);
    const skip = Number(/(?:^|&)\$skip=(\d+)/.exec(query)?.[1] ?? 0);
    if (skip > 0 && skip >= all.length) return 'out-of-range';
    const next = skip + PAGE;
    return {
      ...this.#collection,
      Members: all.slice(skip, next),
      'Members@odata.count': all.length,
      ...(next < all.length ? { 'Members@odata.nextLink': `${this.#uri}?$skip=${next}` } : {}),
    };
  }
}

/** Entries an iDRAC puts on one page. */
const PAGE = 50;

function entryOf(
  vendor: Vendor,
  uri: string,
  id: number,
  created: Date,
  event: { messageId: string; message: string; args: readonly string[]; severity: string },
): JsonObject {
  const name = { dell: `Log Entry ${id}`, hpe: 'iLO Event Log', openbmc: 'BMC Journal Entry', generic: 'Log Entry' }[vendor.name];
  const common = {
    '@odata.id': `${uri}/${id}`,
    '@odata.type': '#LogEntry.v1_9_0.LogEntry',
    Id: String(id),
    Name: name,
    Created: created.toISOString().replace(/\.\d{3}Z$/, vendor.name === 'openbmc' ? '+00:00' : 'Z'),
    EntryType: 'Oem',
    Message: event.message,
    MessageId: event.messageId,
    MessageArgs: event.args,
    Severity: event.severity,
  };
  if (vendor.name === 'hpe') {
    const [Class = '0', Code = '0'] = event.messageId.split('.');
    return stamped({ ...common, Oem: { Hpe: { Class: Number(Class), Code: Number(Code), EventNumber: id } } }, vendor);
  }
  return stamped(vendor.name === 'dell' ? { ...common, Links: {}, Oem: { Dell: { Category: 'Audit' } } } : common, vendor);
}

const IDS: Readonly<Record<Vendor['name'], Readonly<Record<AuditEvent['what'], string>>>> = {
  dell: {
    login: 'IDRAC.2.7.USR0030',
    logout: 'IDRAC.2.7.USR0032',
    'login-failed': 'IDRAC.2.7.USR0031',
    'account-changed': 'IDRAC.2.7.RAC1195',
    'session-ended': 'IDRAC.2.7.USR0032',
    'subscription-changed': 'IDRAC.2.7.RAC1195',
    'key-changed': 'IDRAC.2.7.RAC1195',
    'log-cleared': 'IDRAC.2.7.SEL0004',
  },
  hpe: {
    login: '35.1017',
    logout: '35.1018',
    'login-failed': '35.1008',
    'account-changed': '55.22',
    'session-ended': '35.1018',
    // No capture shows what an iLO writes for these two.
    'subscription-changed': '55.0',
    'key-changed': '55.0',
    'log-cleared': '33.4',
  },
  openbmc: ids('OpenBMC.0.1.Audit'),
  generic: ids('Platform.1.0.Audit'),
};

function ids(id: string): Readonly<Record<AuditEvent['what'], string>> {
  return {
    login: id,
    logout: id,
    'login-failed': id,
    'account-changed': id,
    'session-ended': id,
    'subscription-changed': id,
    'key-changed': id,
    'log-cleared': 'OpenBMC.0.4.EventLogCleared',
  };
}

function describe(vendor: Vendor, event: AuditEvent): { messageId: string; message: string; args: readonly string[]; severity: string } {
  const by = `${event.userName} from ${event.address}`;
  const about = event.about ?? '';
  const message = {
    login: `Successfully logged in: ${by}.`,
    logout: `Logged out: ${by}.`,
    'login-failed': `Login refused: ${by}.`,
    // An iDRAC tells every change in one way.
    'account-changed':
      vendor.name === 'dell'
        ? `User ${event.userName} via IP ${event.address} requested state / configuration change to Users ${about} using REDFISH.`
        : `Account ${about} changed by ${by}.`,
    'session-ended': `Session ${about} ended by ${by}.`,
    'subscription-changed': `Event subscription ${about} changed by ${by}.`,
    'key-changed': `SSH key ${about} changed by ${by}.`,
    'log-cleared': `Log cleared by ${by}.`,
  }[event.what];
  const severity = event.what === 'login' || event.what === 'logout' ? 'OK' : 'Warning';
  return { messageId: IDS[vendor.name][event.what], message, args: [event.userName, event.address], severity };
}
