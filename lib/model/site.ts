import type { CertificateSubject } from './certificate.js';
import type { Allowance, Dependency, Place } from './isolation.js';
import type { Digest, Id } from './json.js';
import type { NoticeEvent } from './notice.js';

/** `site.yaml`: engine, zones, people and policy of one team. */
export interface Site {
  readonly version: 1;
  readonly name: Id<'site'>;
  readonly engine: { readonly address: string; readonly namespace: string };
  readonly zones: readonly Zone[];
  readonly people: readonly Person[];
  readonly policy: Policy;
  /** Who is told without asking; docs/notifications.md. */
  readonly notifications: readonly Endpoint[];
  /** Where secrets lie, besides the file store, which is always there; docs/vaults.md. */
  readonly stores: readonly StoreTerms[];
  /** Who signs the certificates of BMCs; without it none is renewed. docs/certificates.md. */
  readonly certificateAuthority?: AuthorityTerms;
}

/** Who signs the certificates of BMCs, and what they say besides the BMC's name. */
export type AuthorityTerms = {
  /** Name of a file in `ca/`: what it signs has to hold under that. */
  readonly ca: string;
  readonly subject: Omit<CertificateSubject, 'commonName' | 'names'>;
} & (
  | {
      readonly kind: 'command';
      /** An argument list, run without a shell; the request comes on standard input. */
      readonly command: readonly string[];
    }
  | {
      readonly kind: 'vault';
      /** Name of a store of kind `vault`, whose address and login are used. */
      readonly store: string;
      /** Where its PKI secrets engine is mounted, and the role by which it signs. */
      readonly mount: string;
      readonly role: string;
    }
);

export type StoreTerms = FileStoreTerms | VaultTerms;

export interface FileStoreTerms {
  readonly name: 'file';
  readonly kind: 'file';
  /** People who can open what the store writes, with the keys by which they sign. */
  readonly readers: readonly Id<'person'>[];
}

/** A server of HashiCorp Vault or OpenBao, with a KV mount of version 2. */
export interface VaultTerms {
  /** NAME in `vault://NAME/path`. */
  readonly name: string;
  readonly kind: 'vault';
  /** `https://host[:port]`, no path. */
  readonly address: string;
  readonly mount: string;
  readonly namespace: string | null;
  /** Name of a file in `ca/`; with a pin as well both must hold, and one of the two there must be. */
  readonly ca: string | null;
  readonly pin: Digest<'spki'> | null;
  /** Files on the worker, mode 0600. */
  readonly auth:
    | { readonly method: 'token'; readonly file: string }
    | { readonly method: 'approle'; readonly mount: string; readonly roleId: string; readonly secretId: string };
}

/** One out-of-band network with the workers beside it. */
export interface Zone {
  readonly id: Id<'zone'>;
  readonly title: string;
  /** How its segment is cut off; without it isolation is `unsupported` there, and says so. */
  readonly isolation?: Isolation;
  /** Servers that the zone's BMCs log in to, and what gives them new secrets; docs/integrations.md. */
  readonly integrations?: readonly IntegrationTerms[];
}

export const INTEGRATION_KINDS = ['ldap', 'radius', 'siem', 'mail', 'other'] as const;

/** One secret with which BMCs log in to another server. */
export interface IntegrationTerms {
  readonly name: Id<'integration'>;
  readonly kind: (typeof INTEGRATION_KINDS)[number];
  /** Where the login is kept, as that server has it. */
  readonly secret: string;
  /** The team's own script that tells the server: an argument list, run without a shell. */
  readonly command: readonly string[];
}

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

/** Where notices go. */
export type Endpoint = WebhookEndpoint | MailEndpoint | CommandEndpoint;

export interface WebhookEndpoint extends AnyEndpoint {
  readonly kind: 'webhook';
  /** https, or http to this host alone. */
  readonly url: string;
  /** Reference to the key of the HMAC, as the password of the record. */
  readonly secret: string;
  /** Reference to the rest of the address, for receivers whose address is itself the secret; null: `url` is all of it. */
  readonly path: string | null;
  /** Name of a file in `ca/`; null: the authorities that Node knows. */
  readonly ca: string | null;
}

export interface MailEndpoint extends AnyEndpoint {
  readonly kind: 'mail';
  readonly host: string;
  readonly port: number;
  /** Nothing is sent without TLS: from the first byte, or after STARTTLS. */
  readonly tls: 'implicit' | 'starttls';
  readonly from: string;
  readonly to: readonly string[];
  /** Reference to a login at the mail server; null: it wants none. */
  readonly secret: string | null;
  readonly ca: string | null;
}

export interface CommandEndpoint extends AnyEndpoint {
  readonly kind: 'command';
  /** An argument list, run without a shell; the notice comes on standard input. */
  readonly command: readonly string[];
}

interface AnyEndpoint {
  readonly id: Id<'endpoint'>;
  readonly events: readonly NoticeEvent[];
}

export interface Person {
  readonly id: Id<'person'>;
  readonly name: string;
  readonly roles: readonly Id<'role'>[];
  /** Upper-case 40-digit OpenPGP v4 fingerprints; each certificate lies in `keys/<FINGERPRINT>.asc`. */
  readonly keys: readonly string[];
  /** Their user names on BMCs, whichever: theirs alone. What several people share belongs to nobody. */
  readonly accounts?: readonly string[];
  /** Their SSH keys, by SHA-256 of the text, or as `ssh-keygen -l` prints it. */
  readonly sshKeys?: readonly string[];
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

/** One BMC. IPMI is the exception, for those that speak nothing else: they are read, and given new passwords. */
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

export interface AllowedAccount {
  readonly userName: string;
  readonly roleId: string;
  readonly usedBy: string;
  /** Reference to its login, where the rotation shall replace that as well. */
  readonly secret?: string;
  /** People who may open its secret: it is a break-glass account, which nobody uses from day to day. */
  readonly holders?: readonly Id<'person'>[];
}

/** What is legitimate on a target. Unlisted is not hostile: it is shown to the lead, who decides. */
export interface Allowed {
  readonly accounts: readonly AllowedAccount[];
  /** Sessions of these accounts from these addresses are spared. */
  readonly sessions: readonly { readonly userName: string; readonly address: string }[];
  /** From where else people and tools reach this BMC: addresses, or networks as `10.20.0.0/24`. No session is spared for them. */
  readonly addresses: readonly string[];
  /** Event subscription destinations. */
  readonly subscriptions: readonly string[];
  /** SSH keys, certificates and SNMP communities, by SHA-256 of the text as the BMC shows it, white space trimmed. */
  readonly keys: readonly Digest<'key'>[];
  /** Servers that may vouch for a login: LDAP, Active Directory, RADIUS, TACACS+, Kerberos, OAuth; host or address. */
  readonly directories?: readonly string[];
  /** Groups and users of those, and the role that they may have here. */
  readonly groups?: readonly { readonly group: string; readonly roleId: string }[];
  /** Where syslog, traps and mail may go, and from where media may be mounted: a host, an address, or the whole text as the BMC shows it. */
  readonly destinations?: readonly string[];
  /** Names of iLO federation groups. */
  readonly federation?: readonly string[];
  /** Who reads this BMC over SNMP, by the community in this record's password; without it the rotation takes SNMP for unused. */
  readonly snmp?: { readonly secret: string; readonly usedBy: string };
  /** Names of the zone's integrations whose secrets this BMC holds. */
  readonly integrations?: readonly Id<'integration'>[];
}
