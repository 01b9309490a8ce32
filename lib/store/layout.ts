import { join } from 'node:path';
import type { Digest, Id } from '../model/json.js';

/** Where one zone keeps what it knows. Every name below it is an id or a digest, so no path can leave the folder. */
export interface ZoneLayout {
  readonly root: string;
  /** Plans, pages, indexes and findings, by digest. */
  readonly objects: string;
  readonly locks: string;
  /** Which targets are frozen, whatever incident did it. */
  readonly leases: string;
  /** Which secret of each target is in force, and what its rotation came to. */
  readonly credentials: string;
  /** Secrets of break-glass accounts, sealed to those who hold them. */
  readonly envelopes: string;
  /** Which TLS key of each target is in force since it was renewed. */
  readonly pins: string;
  incident(incident: Id<'incident'>): IncidentLayout;
  /** The site directory as it was when a schedule was added, by the digest of its launch. */
  schedule(launch: Digest<'statement'>): string;
}

export interface IncidentLayout {
  readonly root: string;
  /** The site directory as it was when the incident opened. */
  readonly site: string;
  readonly statements: string;
  readonly indexes: string;
  /** What was attempted: written before the first byte left. */
  readonly claims: string;
  readonly outcomes: string;
  /** How often an order was tried and observed. */
  readonly tries: string;
  readonly evidence: string;
  target(target: Id<'target'>): {
    readonly root: string;
    readonly crawl: string;
    readonly session: string;
    readonly burned: string;
    readonly settings: string;
    readonly sessionBeside: string;
  };
}

export function zoneLayout(state: string, zone: Id<'zone'>): ZoneLayout {
  const root = join(state, 'zones', zone);
  return {
    root,
    objects: join(root, 'objects'),
    locks: join(root, 'locks'),
    leases: join(root, 'leases'),
    credentials: join(root, 'credentials'),
    envelopes: join(root, 'envelopes'),
    pins: join(root, 'pins'),
    incident: (incident) => incidentLayout(join(root, 'incidents', incident)),
    schedule: (launch) => join(root, 'schedules', launch),
  };
}

function incidentLayout(root: string): IncidentLayout {
  return {
    root,
    site: join(root, 'site'),
    statements: join(root, 'statements'),
    indexes: join(root, 'indexes'),
    claims: join(root, 'claims'),
    outcomes: join(root, 'outcomes'),
    tries: join(root, 'tries'),
    evidence: join(root, 'evidence'),
    target: (target) => {
      const folder = join(root, 'targets', target);
      return {
        root: folder,
        crawl: join(folder, 'crawl.jsonl'),
        session: join(folder, 'session.json'),
        sessionBeside: join(folder, 'session-beside.json'),
        burned: join(folder, 'burned.json'),
        settings: join(folder, 'settings.json'),
      };
    },
  };
}
