import type { Condition } from '../model/operation.js';
import { RedfishError } from '../redfish/errors.js';
import { valueAtPointer } from '../redfish/json.js';
import { isGone } from '../steps/collection.js';
import type { Reader, Reading } from '../steps/reader.js';
import { canonical } from '../trust/canonical.js';

/** True when each holds, as read now. Throws when the device answers so that nothing can be said (5xx, 401, no JSON). */
export async function allHold(conditions: readonly Condition[], reader: Reader): Promise<boolean> {
  for (const condition of conditions) if (!holds(condition, await reader.get(condition.uri))) return false;
  return true;
}

/** Reads each URI once, so that all judgements before a claim are about one state. */
export function readingOnce(reader: Reader): Reader {
  const known = new Map<string, Promise<Reading>>();
  return {
    get(uri) {
      const reading = known.get(uri) ?? reader.get(uri);
      known.set(uri, reading);
      return reading;
    },
  };
}

function holds(condition: Condition, reading: Reading): boolean {
  const { status, json } = reading;
  if ('absent' in condition) {
    if (isGone(status)) return true;
    if (status === 200) return false;
    throw unreadable(reading);
  }
  if (isGone(status)) return false;
  if (status !== 200 || json === null) throw unreadable(reading);
  const value = valueAtPointer(json, condition.pointer);
  return value !== undefined && canonical(value) === canonical(condition.equals);
}

function unreadable({ uri, status }: Reading): RedfishError {
  const text = `${uri} answered ${String(status)}, which shows neither that the condition holds nor that it does not`;
  return new RedfishError('NOT_JSON', text, { uri, sent: true, status });
}
