import type { Enrolment } from '../lib/model/enrolment.js';
import type { Json } from '../lib/model/json.js';
import { zoneActivities } from './proxies.js';
import type { EnrollInput, FreezeAnswer, FreezeInput, InspectInput, ReadInput, ReadPiece } from './messages.js';

/** One piece of a stored object, for a desk that has no access to the zone's disk. */
export async function read(input: ReadInput): Promise<ReadPiece> {
  return zoneActivities(input.zone).quick.readObject(input);
}

/** Looks at one target through its zone's worker, reads only, and stores nothing. */
export async function inspect(input: InspectInput): Promise<Json> {
  return zoneActivities(input.zone).reading.inspectTarget(input);
}

/** Looks at who answers at a target's address, and stores nothing. */
export async function enroll(input: EnrollInput): Promise<Enrolment> {
  return zoneActivities(input.zone).reading.enrollTarget(input);
}

/** What is frozen in one zone, for other automation that asks before it touches a BMC. */
export async function freeze(input: FreezeInput): Promise<FreezeAnswer> {
  return zoneActivities(input.zone).quick.readLeases(input);
}
