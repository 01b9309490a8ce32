import type { Impact } from '../../model/effect.js';
import type { Json } from '../../model/json.js';
import type { CertificateFacts } from './certificates.js';
import type { LogMessage } from './log-message.js';

export type VendorName = 'dell' | 'hpe' | 'lenovo' | 'supermicro' | 'ami' | 'openbmc' | 'generic';

/**
 * What is known of one maker's BMCs, as data: no code reads a vendor's name. Every fact cites a public document, capture or source file in
 * `source`. Nothing here makes anything safer: what guards a BMC or its evidence holds for every vendor, since the BMC itself says whose it is.
 */
export interface Vendor {
  readonly name: VendorName;
  /** For people. */
  readonly title: string;
  /** How a service root shows whose it is; texts in lower case. */
  readonly signs: {
    /** Values of `Vendor`. */
    readonly vendors: readonly string[];
    /** Keys of `Oem`. */
    readonly oem: readonly string[];
    /** Beginnings of `Product`. */
    readonly products: readonly string[];
    readonly source: string;
  };
  /** Requests that may be under way at once: 1, or up to 4 where a source says that the BMC takes more. */
  readonly connections: number;
  readonly connectionsSource: string;
  readonly sessions: SessionFacts;
  readonly accounts: AccountFacts;
  readonly passwords: PasswordFacts;
  readonly etags: EtagFacts;
  readonly logs: readonly LogFacts[];
  readonly entry: EntryFacts;
  readonly messages: readonly LogMessage[];
  /** How it writes a date that it does not know, as beginnings of `Created`. */
  readonly undated: { readonly prefixes: readonly string[]; readonly source: string };
  /** User names that stand for the BMC or its host and are nobody's account, in lower case. */
  readonly actors: { readonly names: readonly string[]; readonly source: string };
  readonly dumps: readonly DumpFacts[];
  /** Folders below the service root, in lower case, that hold schemas and registries: its language, never its state. */
  readonly documents: readonly string[];
  readonly polling: PollingFacts;
  /** What freezes its configuration; null where there is no single switch. */
  readonly lockdown: {
    readonly uri: string;
    readonly property: string;
    readonly locked: Json;
    readonly unlocked: Json;
    readonly traps: string;
    readonly source: string;
  } | null;
  readonly freeze: FreezeFacts;
  readonly certificates: CertificateFacts;
  /** Properties that change by themselves, to be left out of a comparison with a baseline. */
  readonly volatileKeys: { readonly names: readonly string[]; readonly source: string };
  readonly resets: readonly ResetFacts[];
}

export interface SessionFacts {
  /** Sessions at once; null where no limit is published. */
  readonly limit: number | null;
  /** How it answers a login over the limit. */
  readonly full: { readonly statuses: readonly number[]; readonly messageIds: readonly string[] };
  /** How it answers while it delays or blocks logins. */
  readonly lockedOut: readonly string[];
  /** What ends a lock-out or a full table. */
  readonly ends: string;
  /** What one unit of `SessionTimeout` means. */
  readonly timeoutUnit: 'seconds' | 'minutes';
  /** Where a session says from which address it was opened, as paths of properties; none where it says so nowhere. */
  readonly addressPaths: readonly (readonly string[])[];
  readonly source: string;
}

export interface AccountFacts {
  /** `slots`: a fixed number of members, changed by PATCH alone. `create-delete`: POST and DELETE. `allow-header`: the `Allow` header says which. */
  readonly model: 'slots' | 'create-delete' | 'allow-header';
  /** Where an account repeats its user name, as paths of properties: what makes one must give it there as well. */
  readonly names: readonly (readonly string[])[];
  /** The first slot that can be used, by its number, and what empties one: a PATCH each, in this order. */
  readonly slots: { readonly first: number; readonly empties: readonly Readonly<Record<string, Json>>[] };
  readonly traps: string;
  readonly source: string;
}

/** What a maker takes as a password. What the BMC's own resources say (`AccountService.MinPasswordLength` and the like, and `rules`) goes before. */
export interface PasswordFacts {
  /** Bounds of the length in characters, as far as known. */
  readonly min: number | null;
  readonly max: number | null;
  /** Bytes that IPMI takes for an account that may log in by it: more is refused there, or cut in silence. */
  readonly ipmi: 16 | 20;
  /** How many of upper case, lower case, digits and others it must have at most, by the strictest rule that is known. */
  readonly classes: number;
  /** How often the same character may stand in a row; null where nothing is known. */
  readonly repeats: number | null;
  /** Where its own resources say more, as paths of properties; in any attribute resource where `uri` has a `*`. */
  readonly rules: readonly PasswordRule[];
  /** How it refuses one that breaks a rule, message ids without their registry. */
  readonly refusals: readonly string[];
  /** Which sessions of its user a new password ends. */
  readonly ends: 'others' | 'unknown';
  /** What it does to those who guess, beside what `AccountLockoutThreshold`, `-Duration` and `-CounterResetAfter` say. */
  readonly lockout: {
    /** Refused logins that it bears from one user or one address without keeping anybody out; null where only the BMC knows. */
    readonly bears: number | null;
    readonly traps: string;
  };
  readonly traps: string;
  readonly source: string;
}

export interface PasswordRule {
  readonly uri: string;
  readonly property: string;
  readonly asks: 'min' | 'upper' | 'digit' | 'symbol' | 'three-classes';
}

export interface EtagFacts {
  /** Where entity tags are seen. */
  readonly where: 'body' | 'header' | 'few' | 'unknown';
  readonly weak: boolean;
  /** What a PATCH needs in If-Match. */
  readonly ifMatch: 'needed' | 'optional' | 'ignored' | 'unknown';
  readonly traps: string;
  readonly source: string;
}

/** One log service, by the last segment of its URI, lower case. */
export interface LogFacts {
  readonly name: string;
  /** `audit`: who did what to the BMC. `events`: what happened to the server. `none`: dumps, tokens, traces: no log. */
  readonly role: 'audit' | 'events' | 'none';
  /** A reset of the BMC loses it, or it is so small that our own logins push records out. */
  readonly volatile: boolean;
  /** Records it holds; null where the service says so itself or nobody knows. */
  readonly max: number | null;
  readonly numbering: Numbering;
  readonly source: string;
}

/**
 * How records are numbered. `contiguous`: each number once, clears included, so a hole is a removal. `monotonic`: never goes back, may skip.
 * `restarts`: begins again at a clear. `none`: no number, or nothing is known.
 */
export interface Numbering {
  readonly rule: 'contiguous' | 'monotonic' | 'restarts' | 'none';
  /** Where the number stands in an entry. */
  readonly path: readonly string[];
  /** Where the log service says its first and last number; null where it does not. */
  readonly span: readonly [readonly string[], readonly string[]] | null;
}

/** What an entry says outside of its message, as paths of properties. */
export interface EntryFacts {
  /** A message id in another place than `MessageId`. */
  readonly messageId: readonly string[] | null;
  readonly user: readonly string[] | null;
  readonly address: readonly string[] | null;
  /** How often it happened, folded into one entry. */
  readonly count: readonly string[] | null;
  readonly source: string;
}

/** A dump that the BMC makes, or keeps ready, on request. Nothing here is sent unless the BMC advertises it. */
export interface DumpFacts {
  /** What it is, for people. */
  readonly name: string;
  /** The log service it belongs to, or the resource that offers it, by URI: `*` stands for one segment. */
  readonly service: string;
  /** The action's name after `#`, as `LogService.CollectDiagnosticData`; null for a file that lies ready and whose path the service names at `body`. */
  readonly action: string | null;
  /** What the action is sent, of which a list is cut to the values that the BMC takes; without an action, the JSON Pointer of the path. */
  readonly body: Json;
  /** The slot that is lost by it, for people; null when nothing is. */
  readonly overwrites: string | null;
  /** What the server behind the BMC feels. */
  readonly host: Impact;
  readonly traps: string;
  readonly source: string;
}

/** What a freeze narrows before the lock, if there is one. What is not named here stays as it is, and is reported. */
export interface FreezeFacts {
  /** Services of a manager's NetworkProtocol that a PATCH switches off at once. Never HTTPS, which Redfish itself speaks. */
  readonly services: readonly string[];
  /** Why another one that is on stays on, for people. */
  readonly otherServices: string;
  /** Doors for the host that are no HostInterface. */
  readonly doors: readonly DoorFacts[];
  /** Whether `UpdateService.ServiceEnabled` takes false. */
  readonly updates: boolean;
  /** Properties of an account that a change of it must repeat. */
  readonly repeats: readonly string[];
  /** The BMC's own list of addresses that may reach it; null where none is known. */
  readonly accessList: AccessListFacts | null;
  readonly source: string;
}

/** Where a BMC keeps which IPv4 addresses may reach it, and in which form. */
export interface AccessListFacts {
  /** Resources that may hold it, `*` stands for one segment. */
  readonly uris: readonly string[];
  /** `ranges`: numbered settings, each with a switch of its own; what is in none that is on is kept out. `rules`: a collection in order, and one switch. */
  readonly form:
    | { readonly is: 'ranges'; readonly ranges: readonly AccessRange[]; readonly on: string; readonly off: string }
    | { readonly is: 'rules'; readonly rules: string; readonly switch: string };
  readonly traps: string;
  readonly source: string;
}

/** Settings of one range, names with `/` between them. */
export interface AccessRange {
  readonly enable: string;
  readonly address: string;
  readonly mask: string;
}

/** One way from the host into its BMC, by the setting that closes it. */
export interface DoorFacts {
  readonly name: 'KCS' | 'host network';
  /** The resource: a manager, or what one links to; `*` stands for one segment. */
  readonly uri: string;
  /** The setting, names with `/` between them. */
  readonly property: string;
  readonly closed: Json;
  readonly source: string;
}

export interface PollingFacts {
  /** Between two looks at a task. */
  readonly taskMs: number;
  /** How long the BMC may be away after a reset. */
  readonly resetMs: number;
  readonly traps: string;
  readonly source: string;
}

/** One way to reset the BMC's settings, and what survives it. */
export interface ResetFacts {
  readonly action: string;
  readonly type: string;
  readonly keeps: readonly ('network' | 'users')[];
  readonly traps: string;
  readonly source: string;
}
