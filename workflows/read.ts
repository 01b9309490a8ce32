import type { Json } from '../lib/model/json.js';
import { zoneActivities } from './proxies.js';
import type { InspectInput, ReadInput, ReadPiece } from './messages.js';

/** One piece of a stored object, for a desk that has no access to the zone's disk. */
export async function read(input: ReadInput): Promise<ReadPiece> {
  return zoneActivities(input.zone).quick.readObject(input);
}

/** Looks at one target through its zone's worker, reads only, and stores nothing. */
export async function inspect(input: InspectInput): Promise<Json> {
  return zoneActivities(input.zone).reading.inspectTarget(input);
}
