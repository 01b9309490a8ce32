import type { CertificateSubject } from './certificate.js';
import type { Endpoint } from './endpoint.js';
import type { Isolation } from './isolation-terms.js';
import type { Digest, Id } from './json.js';
import type { Person, Policy } from './policy.js';

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
