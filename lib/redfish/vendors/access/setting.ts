/** What kind of way in or out a setting opens. */
export type DoorKind =
  /** A server that vouches for logins. */
  | 'directory'
  /** Where the BMC sends what it knows. */
  | 'destination'
  /** What opens SNMP; a secret. */
  | 'community'
  | 'snmp-user'
  /** Media that the server sees as its own. */
  | 'image'
  /** A certificate authority or client certificate that is believed. */
  | 'trust'
  /** The fingerprint of a certificate that logs in as a user. */
  | 'mapping'
  /** An SSH key outside of any key collection. */
  | 'key'
  /** How many people are in over something that is no Redfish session. */
  | 'console';

/**
 * One place where a way in or out is set, as data: no code reads a vendor's name, and a place counts on every BMC that links to it, whoever it says
 * made it.
 */
export interface AccessSetting {
  readonly kind: DoorKind;
  /** For people, as `syslog server`. */
  readonly name: string;
  /** The resource that holds it; `*` stands for one segment. */
  readonly uri: string;
  /** The resource is a collection and each member holds it. */
  readonly each: boolean;
  /** Names that lead to it; in a name `*` is any text, and by itself also every element of a list. */
  readonly path: readonly string[];
  readonly source: string;
}

/** A resource that is read only because it leads to others; `*` stands for one segment. In this order. */
export interface AccessRoute {
  readonly uri: string;
  readonly source: string;
}

/** What looks planted and was made by the BMC or its host itself. It is told of, and nothing is proposed. */
export interface Lookalike {
  readonly what: 'account' | 'role-map' | 'federation' | 'app-account';
  /** Its name, whole. */
  readonly name: RegExp;
  /** The only privileges, types of access or roles that it has then; null: any. */
  readonly only: readonly string[] | null;
  /** Why it is there, for people. */
  readonly why: string;
  readonly source: string;
}
