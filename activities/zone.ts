import type { AskVantage } from '../lib/isolation/probe.js';
import type { Id } from '../lib/model/json.js';
import type { Config } from '../lib/site/config.js';
import { loadSite, type LoadedSite } from '../lib/site/load.js';
import { openCredentials, type Credentials } from '../lib/store/credentials.js';
import { zoneLayout, type ZoneLayout } from '../lib/store/layout.js';
import { openLeases, type Leases } from '../lib/store/leases.js';
import { openObjects, type Objects } from '../lib/store/objects.js';
import { openPins, type Pins } from '../lib/store/pins.js';
import { openTargetLocks, type TargetLocks } from '../lib/store/target-lock.js';
import type { Stores } from '../lib/vault/stores.js';

/** What the activities of one zone stand on; made once per worker by the composition root. */
export interface Zone {
  readonly id: Id<'zone'>;
  /** The site directory that new incidents snapshot; running ones have their own copy. */
  readonly siteDir: string;
  readonly config: Config;
  readonly layout: ZoneLayout;
  readonly objects: Objects;
  readonly locks: TargetLocks;
  readonly leases: Leases;
  readonly credentials: Credentials;
  readonly pins: Pins;
  readonly secrets: Stores;
  readonly collector: { readonly privateKey: string; readonly fingerprint: string };
  readonly actor: string;
  readonly host: string;
  /** Asks the worker at a vantage point of this zone, over the engine. */
  readonly askVantage: AskVantage;
  /** The site as it was when the incident opened. */
  snapshot(incident: Id<'incident'>): Promise<LoadedSite>;
}

export function openZone(
  options: Omit<Zone, 'layout' | 'objects' | 'locks' | 'leases' | 'credentials' | 'pins' | 'actor' | 'snapshot'> & {
    readonly state: string;
  },
): Zone {
  const { state, ...rest } = options;
  const layout = zoneLayout(state, options.id);
  const snapshots = new Map<string, Promise<LoadedSite>>();
  return {
    ...rest,
    layout,
    objects: openObjects(layout.objects),
    locks: openTargetLocks(layout.locks),
    leases: openLeases(layout.leases),
    credentials: openCredentials(layout.credentials),
    pins: openPins(layout.pins),
    actor: `worker:${options.id}`,
    snapshot(incident) {
      const known = snapshots.get(incident) ?? loadSite(layout.incident(incident).site);
      snapshots.set(incident, known);
      known.catch(() => snapshots.delete(incident));
      return known;
    },
  };
}
