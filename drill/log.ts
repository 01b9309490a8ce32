import { keyOf } from './content.js';
import { textAt, type JsonObject } from './json.js';
import { stamped } from './resources.js';
import type { Vendor } from './vendor.js';

/** What a BMC writes into its audit log about those who log in. */
export interface AuditEvent {
  readonly what:
    | 'login'
    | 'logout'
    | 'login-failed'
    | 'account-changed'
    | 'session-ended'
    | 'subscription-changed'
    | 'key-changed'
    | 'configuration-changed'
    | 'log-cleared';
  readonly userName: string;
  readonly address: string;
  /** The account, session or destination that was changed. */
  readonly about?: string;
}

export interface LogOptions {
  readonly vendor: Vendor;
  readonly uri: string;
  readonly collection: JsonObject;
  /** The id of the first entry; a log that wrapped starts high. */
  readonly first: number;
  readonly most: number;
  /** `wraps` drops the oldest, `stops` records nothing more. */
  readonly whenFull: 'wraps' | 'stops';
  readonly volatile: boolean;
}

/** One log service's entries: bounded, and numbered without a hole until somebody clears it. */
export class Log {
  readonly uri: string;
  readonly #vendor: Vendor;
  readonly #collection: JsonObject;
  readonly #entries: JsonObject[] = [];
  #last: number;
  readonly #most: number;
  readonly #first: number;
  readonly #whenFull: 'wraps' | 'stops';
  /** Lost when the BMC resets. */
  readonly volatile: boolean;

  constructor(options: LogOptions) {
    this.#vendor = options.vendor;
    this.uri = options.uri;
    this.#collection = options.collection;
    this.#last = options.first - 1;
    this.#most = options.most;
    this.#first = options.first;
    this.#whenFull = options.whenFull;
    this.volatile = options.volatile;
  }

  get service(): string {
    return this.uri.replace(/\/Entries$/, '');
  }

  /** Empties the log as this vendor does; most leave a record of it. */
  clear(by: string): void {
    this.forget();
    if (this.#vendor.clear.numbering === 'restarts') this.#last = this.#first - 1;
    const { messageId } = this.#vendor.clear;
    this.add(new Date(), { messageId, message: `Log cleared by user ${by}.`, args: [by], severity: 'Warning' });
  }

  forget(): void {
    this.#entries.length = 0;
  }

  /** Returns the URI of the new entry, of the last one when a full log takes no more; `more` are fields that only this one has, given that URI. */
  add(
    created: Date,
    event: { messageId: string; message: string; args: readonly string[]; severity: string },
    more: (uri: string) => JsonObject = () => ({}),
  ): string {
    if (this.#whenFull === 'stops' && this.#entries.length >= this.#most) return `${this.uri}/${String(this.#last)}`;
    this.#last += 1;
    const uri = `${this.uri}/${String(this.#last)}`;
    this.#entries.push(stamped({ ...entryOf(this.#vendor, this.uri, this.#last, created, event), ...more(uri) }, this.#vendor));
    if (this.#entries.length > this.#most) this.#entries.shift();
    return uri;
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

  /** Records what happened earlier. */
  recordAt(created: Date, event: AuditEvent): void {
    this.add(created, describe(this.#vendor, event));
  }

  /** The collection, one of its pages, or one entry; null for any other URI; `out-of-range` for a page behind the last. */
  read(uri: string): JsonObject | 'out-of-range' | null {
    const [path = '', query] = keyOf(uri).split('?');
    if (path === keyOf(this.uri)) return this.#page(query ?? '');
    if (query !== undefined || !path.startsWith(`${keyOf(this.uri)}/`)) return null;
    return this.#entries.find((entry) => keyOf(textAt(entry, '@odata.id')) === path) ?? null;
  }

  #page(query: string): JsonObject | 'out-of-range' {
    const { newestFirst, page } = this.#vendor;
    const all = newestFirst ? [...this.#entries].reverse() : this.#entries;
    if (page === null) return stamped({ ...this.#collection, Members: all, 'Members@odata.count': all.length }, this.#vendor);
    const skip = Number(/(?:^|&)\$skip=(\d+)/.exec(query)?.[1] ?? 0);
    if (skip > 0 && skip >= all.length) return 'out-of-range';
    const next = skip + page;
    const more = next < all.length ? { 'Members@odata.nextLink': `${this.uri}?$skip=${next}` } : {};
    return stamped({ ...this.#collection, Members: all.slice(skip, next), 'Members@odata.count': all.length, ...more }, this.#vendor);
  }
}

function entryOf(
  vendor: Vendor,
  uri: string,
  id: number,
  created: Date,
  event: { messageId: string; message: string; args: readonly string[]; severity: string },
): JsonObject {
  const names: Partial<Record<Vendor['name'], string>> = { dell: `Log Entry ${id}`, hpe: 'iLO Event Log', openbmc: 'BMC Journal Entry' };
  const name = names[vendor.name] ?? 'Log Entry';
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
  if (vendor.name === 'lenovo')
    return stamped(
      {
        ...common,
        Oem: { Lenovo: { '@odata.type': '#LenovoLogEntry.v1_0_0.LenovoLogEntry', CommonEventID: event.messageId, AuxiliaryData: '' } },
      },
      vendor,
    );
  if (vendor.name === 'supermicro') {
    const [User = '', Source = ''] = event.args;
    return stamped({ ...common, Oem: { Supermicro: { Interface: 'Redfish', User, Source } } }, vendor);
  }
  return stamped(vendor.name === 'dell' ? { ...common, Links: {}, Oem: { Dell: { Category: 'Audit' } } } : common, vendor);
}

type Told = Exclude<AuditEvent['what'], 'log-cleared'>;
const IDS: Readonly<Record<Vendor['name'], Readonly<Record<Told, string>>>> = {
  dell: {
    login: 'IDRAC.2.7.USR0030',
    logout: 'IDRAC.2.7.USR0032',
    'login-failed': 'IDRAC.2.7.USR0031',
    'account-changed': 'IDRAC.2.7.RAC1195',
    'session-ended': 'IDRAC.2.7.USR0032',
    'subscription-changed': 'IDRAC.2.7.RAC1195',
    'key-changed': 'IDRAC.2.7.RAC1195',
    'configuration-changed': 'IDRAC.2.7.RAC1195',
  },
  hpe: {
    login: '35.1017',
    logout: '35.1018',
    'login-failed': '35.1008',
    'account-changed': '55.22',
    'session-ended': '35.1018',
    // No capture shows what an iLO writes for these.
    'subscription-changed': '55.0',
    'key-changed': '55.0',
    'configuration-changed': '55.0',
  },
  lenovo: {
    login: 'FQXSPSE4001I',
    logout: 'FQXSPSE4032I',
    'login-failed': 'FQXSPSE4002I',
    'account-changed': 'FQXSPSE4047I',
    'session-ended': 'FQXSPSE4032I',
    'subscription-changed': 'FQXSPSE4037I',
    'key-changed': 'FQXSPSE4047I',
    'configuration-changed': 'FQXSPSE4037I',
  },
  supermicro: {
    ...ids('SMC.1.0.MEL-0012'),
    'login-failed': 'SMC.1.0.MEL-0005',
    'account-changed': 'SMC.1.0.MEL-0000',
  },
  openbmc: ids('OpenBMC.0.1.Audit'),
  generic: ids('Platform.1.0.Audit'),
};

function ids(id: string): Readonly<Record<Told, string>> {
  return {
    login: id,
    logout: id,
    'login-failed': id,
    'account-changed': id,
    'session-ended': id,
    'subscription-changed': id,
    'key-changed': id,
    'configuration-changed': id,
  };
}

function describe(vendor: Vendor, event: AuditEvent): { messageId: string; message: string; args: readonly string[]; severity: string } {
  const by = `${event.userName} from ${event.address}`;
  const about = event.about ?? '';
  const spoken = vendor.name === 'lenovo' ? lenovoWords(event) : null;
  const message =
    spoken ??
    {
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
      'configuration-changed':
        vendor.name === 'dell'
          ? `User ${event.userName} via IP ${event.address} requested state / configuration change to ${about} using REDFISH.`
          : `Configuration ${about} changed by ${by}.`,
      'log-cleared': `Log cleared by ${by}.`,
    }[event.what];
  const severity = event.what === 'login' || event.what === 'logout' ? 'OK' : 'Warning';
  const messageId = event.what === 'log-cleared' ? vendor.clear.messageId : IDS[vendor.name][event.what];
  return { messageId, message, args: [event.userName, event.address], severity };
}

/** XCC spells out who, how and from where. */
function lenovoWords({ what, userName, address, about = '' }: AuditEvent): string | null {
  const how = `from REDFISH at IP address ${address}.`;
  if (what === 'login') return `Login Successful. Login ID: ${userName} ${how}`;
  if (what === 'logout' || what === 'session-ended') return `Login ID: ${userName} ${how}`;
  return what === 'account-changed' ? `User ${about} modified by user ${userName} ${how}` : null;
}
