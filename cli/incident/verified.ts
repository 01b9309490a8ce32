import type { Id } from '../../lib/model/json.js';
import type { IncidentView } from '../../lib/model/incident.js';
import type { LoadedSite } from '../../lib/site/load.js';
import type { Desk, Opened } from '../desk.js';
import { requireLaunch } from '../gate/launch.js';
import { noWorker } from './no-worker.js';

/** A running incident that somebody is about to sign under: its launch, verified here, and how it stands. Throws NO_WORKER when nobody tells that. */
export async function verifiedIncident(
  desk: Desk,
  incident: Id<'incident'>,
  site: LoadedSite,
  now: number,
): Promise<{ readonly opened: Opened; readonly view: IncidentView }> {
  const opened = await desk.opened(incident);
  await requireLaunch(opened, incident, site, now);
  const view = await desk.view(incident);
  if (view === null) throw noWorker(incident);
  return { opened, view };
}
