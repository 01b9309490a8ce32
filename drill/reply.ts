import { createHash } from 'node:crypto';
import type { JsonObject } from './json.js';
import type { Vendor } from './vendor.js';

/** An HTTP answer before it is written. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
}

const COMMON = { 'OData-Version': '4.0', 'Cache-Control': 'no-cache' };
const JSON_TYPE = 'application/json;charset=utf-8';

export function jsonReply(status: number, body: JsonObject, headers: Readonly<Record<string, string>> = {}): Reply {
  return bytesReply(status, Buffer.from(JSON.stringify(body)), JSON_TYPE, headers);
}

export function bytesReply(status: number, body: Buffer, type: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers: { ...COMMON, 'Content-Type': type, ...headers }, body };
}

export function emptyReply(status: number, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers: { ...COMMON, ...headers }, body: null };
}

/** An error, or a success message, in the vendor's dress. `messageId` without a registry belongs to the vendor's Base registry. */
export function messageReply(
  vendor: Vendor,
  status: number,
  messageId: string,
  message = '',
  headers: Readonly<Record<string, string>> = {},
  args: readonly string[] = [],
): Reply {
  const id = messageId.includes('.') ? messageId : `${vendor.messages.registry}.${messageId}`;
  const info = {
    MessageId: id,
    MessageArgs: args,
    // iLO leaves the text to the client, who looks the id up.
    ...(vendor.name === 'hpe' ? {} : { Message: message, Severity: status < 400 ? 'OK' : 'Critical', Resolution: 'None.' }),
  };
  const text = vendor.name === 'hpe' ? 'See @Message.ExtendedInfo for more information.' : message;
  return jsonReply(status, { error: { code: vendor.messages.code ?? id, message: text, '@Message.ExtendedInfo': [info] } }, headers);
}

/** Eight hexadecimal digits that change with the content, as iLO and bmcweb write them. */
export function tagOf(bytes: string | Buffer): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 8).toUpperCase();
}
