import { createAttemptActivities } from './attempt.js';
import { createCaptureActivities } from './capture.js';
import { createFreezeActivities } from './freeze.js';
import { createIncidentActivities } from './incident.js';
import { createIsolationActivities } from './isolation.js';
import { createNotifyActivities } from './notify.js';
import { createPlanActivities } from './plan.js';
import { createReadActivities } from './read.js';
import type { Zone } from './zone.js';

/** All activities of one zone; workflows import their type only. */
export function createActivities(zone: Zone) {
  return {
    ...createIncidentActivities(zone),
    ...createCaptureActivities(zone),
    ...createPlanActivities(zone),
    ...createAttemptActivities(zone),
    ...createIsolationActivities(zone),
    ...createReadActivities(zone),
    ...createFreezeActivities(zone),
    ...createNotifyActivities(zone),
  };
}

export type Activities = ReturnType<typeof createActivities>;
