import { readKept, type Kept, type KeptCapture } from '../../evidence/kept.js';
import type { Digest, Json, Time } from '../../model/json.js';
import { readJson } from '../../redfish/json.js';
import { LIMITS } from '../../redfish/types.js';
import type { Reader } from '../reader.js';

/** A resource as it was captured. */
export interface Seen {
  readonly uri: string;
  readonly json: Json;
  readonly capture: Digest<'capture'>;
  readonly startedAt: Time;
  readonly endedAt: Time;
}

/** Reads what the evidence holds, and asks the BMC for the rest. */
export interface Look {
  /** Null when neither has an answer 200 with JSON. */
  at(uri: string): Promise<Seen | null>;
  /** What is kept under a path, whatever the query: one page after the other, oldest capture first, since a log may be larger than memory. */
  pages(path: string): AsyncIterable<Seen>;
}

/** Pages of one log that are judged; an iDRAC's half million records lie on ten thousand. */
const PAGES = 400;

export function lookInto(kept: Kept, reader: Reader): Look {
  const newest = new Map(kept.captures.map((capture) => [capture.uri, capture]));
  return {
    async at(uri) {
      const before = newest.get(uri);
      const seen = before === undefined ? null : await seenIn(before);
      if (seen !== null) return seen;
      const { status, json, capture, startedAt, endedAt } = await reader.get(uri);
      return status === 200 && json !== null ? { uri, json, capture, startedAt, endedAt } : null;
    },
    async *pages(path) {
      for (const capture of kept.captures.filter(({ uri }) => uri.split('?')[0] === path).slice(-PAGES)) {
        const seen = await seenIn(capture);
        if (seen !== null) yield seen;
      }
    },
  };
}

async function seenIn(capture: KeptCapture): Promise<Seen | null> {
  const { uri, status, size, startedAt, endedAt, sha256 } = capture;
  if (status !== 200 || size > LIMITS.bodyBytes) return null;
  const bytes = await readKept(capture);
  // The header is not among those that are kept; no JSON begins like gzip does.
  const { json } = readJson(bytes, bytes[0] === 0x1f && bytes[1] === 0x8b ? 'gzip' : undefined, LIMITS);
  return json === null ? null : { uri, json, capture: sha256, startedAt, endedAt };
}
