import { digest, time, type Json } from '../../lib/model/json.js';
import type { Reading } from '../../lib/steps/reader.js';
import { sha256 } from '../../lib/trust/canonical.js';

/** What a BMC answers to a read; null, unless `status` says otherwise, is a resource that it does not have. */
export function aReading(uri: string, json: Json, status = json === null ? 404 : 200, at = 0): Reading {
  const body = Buffer.from(JSON.stringify(json));
  const [startedAt, endedAt] = [time(at), time(at)];
  const whole = { uri, answeredBy: uri, status, headers: {}, etag: null, body, json, unread: null, startedAt, endedAt };
  return { ...whole, peer: digest('0'.repeat(64)), capture: sha256(body) };
}
