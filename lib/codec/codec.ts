import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Refused } from '../model/refused.js';

/** The part of Temporal's Payload that a codec sees; structural, so that lib stays free of Temporal. */
export interface Payload {
  metadata?: Record<string, Uint8Array> | null;
  data?: Uint8Array | null;
}

const ENCODING = 'binary/cofferdam-aes-256-gcm';
const AAD = Buffer.from('cofferdam/payload/v1');
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM over every payload: arguments, results, memos, summaries, failure texts. `decode` never throws: what is plaintext, forged
 * or sealed with another key becomes a {@link Refused} marker in plain JSON.
 */
export class SealingCodec {
  readonly #key: Uint8Array;
  readonly #keyId: Buffer;

  constructor(key: Uint8Array) {
    if (key.length !== 32) throw new RangeError(`expected a codec key of 32 bytes, got ${String(key.length)}`);
    this.#key = key;
    this.#keyId = keyId(key);
  }

  async encode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => this.#seal(payload));
  }

  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => this.#open(payload));
  }

  #seal(payload: Payload): Payload {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv).setAAD(AAD);
    const sealed = Buffer.concat([cipher.update(packPayload(payload)), cipher.final()]);
    return { metadata: { encoding: Buffer.from(ENCODING), 'key-id': this.#keyId }, data: Buffer.concat([iv, cipher.getAuthTag(), sealed]) };
  }

  #open(payload: Payload): Payload {
    const { metadata, data } = payload;
    if (text(metadata?.['encoding']) !== ENCODING) return refused('plaintext');
    if (!this.#keyId.equals(metadata?.['key-id'] ?? new Uint8Array())) return refused('unknown-key');
    try {
      const bytes = data ?? new Uint8Array();
      const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, IV_BYTES)).setAAD(AAD);
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      return unpackPayload(Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]));
    } catch {
      return refused('forged');
    }
  }
}

/** First 8 bytes of a domain-separated hash: tells keys apart without telling the key. */
export function keyId(key: Uint8Array): Buffer {
  return createHash('sha256').update('cofferdam/key-id/v1').update(key).digest().subarray(0, 8);
}

function refused(why: Refused['cofferdam/refused']): Payload {
  const marker: Refused = { 'cofferdam/refused': why };
  return { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(JSON.stringify(marker)) };
}

/** Length of the metadata as 4 bytes, metadata as JSON of base64, then the data as it is: no second inflation by base64. */
export function packPayload(payload: Payload): Buffer {
  const metadata = Object.entries(payload.metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')]);
  const head = Buffer.from(JSON.stringify(metadata));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, payload.data ?? new Uint8Array()]);
}

/** The reverse of {@link packPayload}; throws on bytes that it did not make. */
export function unpackPayload(bytes: Buffer): Payload {
  const length = bytes.readUInt32BE(0);
  const entries = metadataSchema.parse(JSON.parse(bytes.subarray(4, 4 + length).toString('utf8')));
  return {
    metadata: Object.fromEntries(entries.map(([name, value]) => [name, Buffer.from(value, 'base64')])),
    data: bytes.subarray(4 + length),
  };
}

const metadataSchema = z.array(z.tuple([z.string(), z.string()]));

function text(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? '' : Buffer.from(bytes).toString('latin1');
}
