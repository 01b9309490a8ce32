import type { Allowance, Dependency, Place } from './isolation.js';
import type { Id } from './json.js';

/** Who may reach an OOB segment during an incident, what cuts it off from everybody else, and from where that is tried. */
export interface Isolation {
  readonly scope: 'segment' | 'targets';
  /** The networks of the segment, IPv4 and IPv6. */
  readonly segment: readonly string[];
  /** The narrow set of trusted sources: addresses or networks; the worker's own is among them. */
  readonly responders: readonly string[];
  /** Let in as well when nobody proved the responders' path in time, so that a wrong list locks nobody out. */
  readonly fallback: readonly string[];
  readonly allowances: readonly Allowance[];
  /** What breaks and was accepted, with the reason; the launch binds it. */
  readonly accepted: readonly { readonly dependency: Dependency; readonly reason: string }[];
  readonly enforcers: readonly EnforcerTerms[];
  /** How often enforcers and paths are looked at again while the incident contains. */
  readonly watchSeconds: number;
  readonly vantages: readonly Vantage[];
}

/** What cuts the segment off. A `command` is an argument list, run without a shell. */
export type EnforcerTerms = NftablesTerms | CommandTerms | PasteTerms;

/** A gateway with nftables. */
export interface NftablesTerms {
  readonly name: Id<'enforcer'>;
  readonly kind: 'nftables';
  /** The gateway's interfaces on the segment's side. */
  readonly interfaces: readonly string[];
  /** Where responders and their probes reach the gateway, as host:port. */
  readonly gateway: string;
  /** Put before `nft` and `conntrack`, as [sudo, -n]. */
  readonly command: readonly string[];
  /** Null: this host is the gateway. */
  readonly ssh: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly hostKey: string;
    readonly identityFile: string;
  } | null;
  /** So that a reload of the gateway's own rules keeps ours: a file that its rules include. Null: a reload takes ours away, and the verdict says so. */
  readonly persist: { readonly file: string; readonly rules: string } | null;
}

/** The team's own script for a switch, a firewall or an SDN; the contract is in docs/isolation.md. */
export interface CommandTerms {
  readonly name: Id<'enforcer'>;
  readonly kind: 'command';
  readonly command: readonly string[];
  readonly gateway: string;
}

/** A person does it, by exact instructions. */
export interface PasteTerms {
  readonly name: Id<'enforcer'>;
  readonly kind: 'paste';
  readonly instruction: string;
  /** How it is taken back. */
  readonly undo: string;
  readonly gateway: string;
}

/** Somewhere from which paths are tried: by a command, or by a worker that stands there; exactly one of the two. */
export interface Vantage {
  readonly name: Id<'vantage'>;
  readonly at: Place;
  /** Takes JSON on standard input, as `cofferdam-probe` does. */
  readonly command?: readonly string[];
  /** A `cofferdam-worker vantage` asks the engine for work. */
  readonly worker?: true;
  /** What it must reach while the segment is cut off, as address:port, one for each address family: without that it proves nothing closed. Default: the enforcer's gateway. */
  readonly controls?: readonly string[];
  /** What else it must not reach, as address:port: of the segment from outside, of the outside from inside. */
  readonly blocked?: readonly string[];
}
