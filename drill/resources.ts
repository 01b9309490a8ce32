import { keyOf, type Content, type Stored } from './content.js';
import { parseObject, textAt, without, type JsonObject } from './json.js';
import { tagOf } from './reply.js';
import type { Vendor } from './vendor.js';

/** A BMC's resources: its content, and over it what state has changed. Untouched resources keep their bytes. */
export class Resources {
  readonly vendor: Vendor;
  readonly #content: Content;
  /** Null: removed. */
  readonly #changed = new Map<string, JsonObject | null>();
  readonly #overlaid = new Map<string, string>();

  constructor(content: Content, vendor: Vendor) {
    this.#content = content;
    this.vendor = vendor;
  }

  read(uri: string): Stored | null {
    const changed = this.#changed.get(keyOf(uri));
    if (changed === null) return null;
    if (changed === undefined) return this.#content.read(uri);
    return { status: 200, bytes: Buffer.from(JSON.stringify(changed)), type: 'application/json' };
  }

  /** The resource as JSON; null when there is none or the answer is an error. */
  json(uri: string): JsonObject | null {
    const stored = this.read(uri);
    return stored?.status === 200 ? parseObject(stored.bytes.toString()) : null;
  }

  /** The entity tag a client sees for these bytes: the body's own, or one over the bytes where the vendor sends it as a header only. */
  etagOf(stored: Stored): string | null {
    if (stored.status !== 200) return null;
    if (this.vendor.etags === 'header') return `"${tagOf(stored.bytes)}"`;
    if (!stored.bytes.includes('"@odata.etag"')) return null;
    return textAt(parseObject(stored.bytes.toString()) ?? undefined, '@odata.etag') || null;
  }

  put(uri: string, body: JsonObject): void {
    this.#changed.set(keyOf(uri), stamped(body, this.vendor));
    this.touch(uri);
  }

  remove(uri: string): void {
    this.#changed.set(keyOf(uri), null);
    this.touch(uri);
  }

  /** Marks a URI whose answer no longer comes from the content alone. */
  touch(uri: string): void {
    const key = keyOf(uri);
    if (!this.#overlaid.has(key)) this.#overlaid.set(key, uri);
  }

  /** Every URI whose answer state has ever changed, as first written. */
  overlaid(): string[] {
    return [...this.#overlaid.values()].sort();
  }
}

/** The body with a fresh entity tag, where this vendor writes one into bodies. */
export function stamped(body: JsonObject, vendor: Vendor): JsonObject {
  const writes = vendor.etags === 'weak-in-body' || vendor.etags === 'strong-in-body' || '@odata.etag' in body;
  if (!writes || vendor.etags === 'header') return body;
  const rest = without(body, '@odata.etag');
  const tag = `"${tagOf(JSON.stringify(rest))}"`;
  return { ...rest, '@odata.etag': vendor.etags === 'weak-in-body' ? `W/${tag}` : tag };
}
