import { messageOf, type AuditEvent, type Message } from './audit-event.js';
import { keyOf } from './content.js';
import { textAt, type JsonObject } from './json.js';
import { stamped } from './resources.js';
import type { Vendor } from './vendor.js';

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
  add(created: Date, event: Message, more: (uri: string) => JsonObject = () => ({})): string {
    if (this.#whenFull === 'stops' && this.#entries.length >= this.#most) return `${this.uri}/${String(this.#last)}`;
    this.#last += 1;
    const uri = `${this.uri}/${String(this.#last)}`;
    this.#entries.push(stamped({ ...entryOf(this.#vendor, this.uri, this.#last, created, event), ...more(uri) }, this.#vendor));
    if (this.#entries.length > this.#most) this.#entries.shift();
    return uri;
  }

  record(event: AuditEvent): string {
    return this.add(new Date(), messageOf(this.#vendor, event));
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
    this.add(created, messageOf(this.#vendor, event));
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

function entryOf(vendor: Vendor, uri: string, id: number, created: Date, event: Message): JsonObject {
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
