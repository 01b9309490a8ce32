import type { Digest, Id } from './json.js';

/** `site.yaml`: engine, zones, people and policy of one team. */
export interface Site {
  readonly version: 1;
  readonly name: Id<'site'>;
  readonly engine: { readonly address: string; readonly namespace: string };
  readonly zones: readonly { readonly id: Id<'zone'>; readonly title: string }[];
  readonly people: readonly Person[];
  readonly policy: Policy;
}

export interface Person {
  readonly id: Id<'person'>;
  readonly name: string;
  readonly roles: readonly Id<'role'>[];
  /** Upper-case 40-digit OpenPGP v4 fingerprints; each certificate lies in `keys/<FINGERPRINT>.asc`. */
  readonly keys: readonly string[];
}

export interface Policy {
  readonly launch: LaunchPolicy;
  /** By gate id: which roles, how many people, and for how long. */
  readonly gates: Readonly<Record<string, GatePolicy>>;
}

export interface LaunchPolicy {
  readonly roles: readonly Id<'role'>[];
  /** Above so many targets a launch needs `cosigners` approvals of its digest first. */
  readonly cosignersAbove: number;
  readonly cosigners: number;
}

export interface GatePolicy {
  readonly roles: readonly Id<'role'>[];
  /** Distinct people, not keys. */
  readonly quorum: number;
  readonly requesterExcluded: boolean;
  /** Minutes until an undecided round closes. */
  readonly decisionExpiresAfter: number;
  /** Minutes after the opening until which sections may begin. */
  readonly executionExpiresAfter: number;
}

/** `inventory.yaml`. */
export interface Inventory {
  readonly version: 1;
  readonly targets: readonly Target[];
}

/** One BMC. IPMI is the exception, for those that speak nothing else: they are only read. */
export type Target = RedfishTarget | IpmiTarget;

export interface RedfishTarget extends AnyTarget {
  readonly protocol: 'redfish';
  /** SHA-256 of the BMC's SubjectPublicKeyInfo (DER); null: nobody has vouched for a key yet. Without pin and CA no secret is ever sent. */
  readonly pin: Digest<'spki'> | null;
  readonly tls?: TlsTerms;
}

export interface IpmiTarget extends AnyTarget {
  readonly protocol: 'ipmi';
  /** Why the site allows it, for those who read the evidence. */
  readonly ipmi: { readonly reason: string };
}

interface AnyTarget {
  readonly id: Id<'target'>;
  /** `https://host[:port]` or `ipmi://host[:port]`, no path. */
  readonly address: string;
  readonly zone: Id<'zone'>;
  /** Over IPMI the GUID alone, as ipmitool prints it: the serial number cannot be read in a way proven not to write, and is empty. */
  readonly identity: { readonly serial: string; readonly uuid: string };
  /** `vault://NAME/path#field`; the record holds userName and password. */
  readonly secret: string;
  readonly host: string;
  /** Profile name, as `dell-idrac9`. */
  readonly class: string;
  /** Who else logs in; shown before their account is touched. */
  readonly usedBy: readonly string[];
  readonly failureDomain: string;
  readonly allow: Allowed;
}

/** The oldest version of TLS that is spoken; anything below 1.2 is an exception with a recorded reason. */
export const TLS_VERSIONS = ['TLSv1.2', 'TLSv1.1', 'TLSv1'] as const;
export type TlsVersion = (typeof TLS_VERSIONS)[number];

/** How a target's TLS differs from a pinned key and TLS 1.2 or later. */
export interface TlsTerms {
  /** Name of a file in `ca/` of the site directory: certificate chain and host name must hold under it, and so must the pin, if there is one. */
  readonly ca: string | null;
  readonly minimum: TlsVersion;
  /** Why a version below 1.2 is spoken; recorded with every connection. Null for 1.2. */
  readonly reason: string | null;
}

/** What is legitimate on a target. Unlisted is not hostile: it is shown to the lead, who decides. */
export interface Allowed {
  readonly accounts: readonly { readonly userName: string; readonly roleId: string; readonly usedBy: string }[];
  /** Sessions of these accounts from these addresses are spared. */
  readonly sessions: readonly { readonly userName: string; readonly address: string }[];
  /** From where else people and tools reach this BMC: addresses, or networks as `10.20.0.0/24`. No session is spared for them. */
  readonly addresses: readonly string[];
  /** Event subscription destinations. */
  readonly subscriptions: readonly string[];
  /** SSH keys and certificates, by SHA-256 of the key text as the BMC shows it, white space trimmed. */
  readonly keys: readonly Digest<'key'>[];
}
