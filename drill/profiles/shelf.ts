import { aboveRoot, keyOf, type Content, type Stored } from '../content.js';
import { link, type JsonObject } from '../json.js';
import { messageReply } from '../reply.js';
import { stamped } from '../resources.js';
import type { Vendor } from '../vendor.js';

/** Generated resources, one by one; what a profile is made of. */
export class Shelf implements Content {
  readonly vendor: Vendor;
  readonly #resources = new Map<string, JsonObject>();
  readonly #errors = new Map<string, Stored>();

  constructor(vendor: Vendor) {
    this.vendor = vendor;
  }

  /** Adds a resource of a schema such as `Memory.v1_9_0`, and returns its URI. */
  add(uri: string, schema: string, Name: string, fields: JsonObject = {}): string {
    const type = schema.split('.')[0] ?? schema;
    const Id = uri.split('/').at(-1) ?? '';
    const body = { '@odata.id': uri, '@odata.type': `#${schema}.${type}`, Id, Name, ...fields };
    const tagged = this.vendor.etags === 'weak-in-body' || this.vendor.etags === 'strong-in-body' ? stamped(body, this.vendor) : body;
    this.#resources.set(keyOf(uri), tagged);
    return uri;
  }

  collection(uri: string, schema: string, members: readonly string[]): string {
    return this.add(uri, `${schema}Collection`, `${schema} Collection`, {
      Members: members.map((member) => link(member)),
      'Members@odata.count': members.length,
    });
  }

  /** An advertised link that answers with an error. */
  addError(uri: string, status: number, messageId: string): string {
    const { body } = messageReply(this.vendor, status, messageId, 'The request failed.');
    this.#errors.set(keyOf(uri), { status, bytes: body ?? Buffer.alloc(0), type: 'application/json' });
    return uri;
  }

  /** A document that is not a resource, such as a registry file or the OData service document. */
  addPlain(uri: string, body: JsonObject): string {
    this.#resources.set(keyOf(uri), body);
    return uri;
  }

  read(uri: string): Stored | null {
    const key = keyOf(uri);
    const body = this.#resources.get(key);
    if (body !== undefined) return { status: 200, bytes: Buffer.from(JSON.stringify(body)), type: 'application/json' };
    return this.#errors.get(key) ?? aboveRoot(key);
  }

  /** How many URIs answer. */
  get size(): number {
    return this.#resources.size + this.#errors.size;
  }
}
