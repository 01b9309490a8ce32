import type { Id, Time } from './json.js';

/**
 * What an enforcer lets through between an OOB segment and everybody else, both ways; everything that is not listed is dropped. Addresses and
 * networks are IPv4 or IPv6, as text in CIDR form where they are networks.
 */
export interface Rules {
  readonly incident: Id<'incident'>;
  /** `segment`: everything in it, neighbours that nobody listed too. `targets`: the incident's targets alone. */
  readonly scope: 'segment' | 'targets';
  /** The networks of the segment, or the addresses of the targets. */
  readonly inside: readonly string[];
  /** Who may open connections to the inside. */
  readonly responders: readonly string[];
  /** Who else may once the responders' path was not proven in time; wider than `responders`, never everybody. */
  readonly fallback: readonly string[];
  /** What the inside may reach outside, each for a named reason. */
  readonly allowances: readonly Allowance[];
}

export interface Allowance {
  /** An address or network outside. */
  readonly to: string;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  /** What breaks without it: `dhcp`, `syslog`, …; shown to the lead and kept with the evidence. */
  readonly reason: string;
}

/** What servers inside may need of the outside; each is allowed by name or accepted with a reason before the segment is cut. */
export const DEPENDENCIES = ['dhcp', 'directory-login', 'syslog', 'alerts', 'kms', 'fencing', 'ntp', 'dns'] as const;
export type Dependency = (typeof DEPENDENCIES)[number];

/** Where a probe starts. `responder` must reach the gateway; from everywhere else nothing may reach the inside, and nothing may leave it. */
export const PLACES = ['responder', 'outside', 'inside', 'host'] as const;
export type Place = (typeof PLACES)[number];

/** One way from a vantage point to an address. */
export interface Path {
  readonly id: string;
  readonly vantage: Id<'vantage'>;
  readonly at: Place;
  /** IP address, without brackets. */
  readonly to: string;
  readonly port: number;
  /** `reach`: it must work. `blocked`: it must not. */
  readonly must: 'reach' | 'blocked';
}

/** `unknown`: nobody stands where it could be tried, or the try failed for a reason of its own. */
export type PathState = 'open' | 'closed' | 'unknown';

export interface ProbedPath extends Path {
  readonly state: PathState;
  /** One line for people: what was seen. */
  readonly how: string;
}

/** Ways that no probe of ours can decide, by name, so that nobody believes them closed: `same-segment`, `shared-nic`, `host`. */
export interface UnprobedPath {
  readonly id: string;
  readonly why: string;
}

/** How one enforcer stands: what `incident show` prints, and what a watcher compares. */
export interface Containment {
  readonly zone: Id<'zone'>;
  readonly enforcer: Id<'enforcer'>;
  /** `contained`: our rules are in force and every probed path is as it must be. `open`: one is not. `unknown`: nobody could tell. */
  readonly state: 'contained' | 'open' | 'unknown' | 'released';
  readonly rules: 'in-force' | 'armed' | 'changed' | 'absent' | 'unknown';
  readonly paths: readonly { readonly id: string; readonly state: PathState; readonly must: Path['must'] }[];
  readonly unprobed: readonly string[];
  readonly checkedAt: Time;
}
