import type { Kept } from '../evidence/kept.js';
import { FINDINGS, type Finding, type FindingCode } from '../model/finding.js';
import { INDICATOR_CHARACTERS, type IndicatorKind, type Sought } from '../model/hunt.js';
import type { Operation } from '../model/operation.js';
import type { Digest, Id } from '../model/json.js';
import type { Isolation } from '../model/isolation-terms.js';
import type { Person } from '../model/policy.js';
import type { AuthorityTerms, IntegrationTerms, Target } from '../model/site.js';
import type { UnsupportedCode } from '../model/verdict.js';
import { plain } from '../model/text.js';
import type { OwnAccount } from '../store/credentials.js';
import type { Reader, Reading } from './reader.js';
import type { TimelineRow } from './timeline.js';

/** What a planner works with. It only reads. */
export interface Survey {
  readonly reader: Reader;
  readonly target: Target;
  /** Our own login: never a finding, never touched. */
  readonly own: Own;
  /** How the target's zone is cut off; without it nothing is. */
  readonly isolation?: Isolation | null;
  /** What the handshake of this very conversation showed, once it is evidence; only the step `certificates` asks. */
  readonly served?: () => Promise<Served>;
  /** Who signs certificates at this site, with the PEM of its authority; null: nobody. */
  readonly authority?: SiteAuthority | null;
  /** The key that this zone requires of the target, and the one that its inventory names. */
  readonly pins?: { readonly required: Digest<'spki'> | null; readonly inventory: Digest<'spki'> | null };
  /** Whom the launch says to take the keys back from. */
  readonly leaver?: Leaver | null;
  /** Places of settings that the release of this very incident will set back (lib/store/settings.ts). */
  readonly untilRelease?: readonly string[];
}

export interface Leaver {
  readonly person: Person;
  /** Everybody else. */
  readonly others: readonly Person[];
  /** Whether the file store encrypts what it keeps to the person's keys. */
  readonly readsStore: boolean;
}

export interface Served {
  /** DER, the BMC's own certificate first. */
  readonly chain: readonly Uint8Array[];
  /** As OpenSSL writes it: `TLSv1.3`. */
  readonly version: string;
  /** Where the BMC's own certificate is in evidence. */
  readonly shown: Pick<Reading, 'uri' | 'capture'>;
}

export interface SiteAuthority {
  readonly terms: AuthorityTerms;
  readonly pem: string;
}

export interface Own {
  /** Whom we log in as. */
  readonly userName: string | null;
  readonly session: string | null;
  /** Where our side of the connection comes from, as `address:port`. */
  readonly from?: string | null;
  /** Whom else: the incident's own account where we do not use it yet, the inventory's where we do, since that is the way back. */
  readonly also: readonly string[];
}

/** What a planner found and proposes. Numbers of operations are given when the plan is put together, in this order. */
export interface Proposal {
  readonly findings: readonly Finding[];
  /** Before everything else. */
  readonly first?: readonly SectionProposal[];
  readonly operations: readonly Numberless[];
  /** Those that must not be left half done; after the others. */
  readonly sections?: readonly SectionProposal[];
  /** After everything else: what only looks, and must keep nothing from being done. */
  readonly last?: readonly Numberless[];
  /** What the step asks for and this BMC does not offer: what can be done is done, and the step does not read as a success. */
  readonly unsupported?: UnsupportedCode;
  /** What the BMC's own logs tell of what was found, oldest first. */
  readonly timeline?: readonly TimelineRow[];
}

export type Numberless = Omit<Operation, 'n'>;

export interface SectionProposal {
  readonly operations: readonly [Numberless, ...Numberless[]];
  /** Carried out whatever became of the others. */
  readonly always: readonly Numberless[];
}

/**
 * To add a step: its row in `lib/model/steps.ts` and one of these. `kept` lists what the target's series has captured until now; `sought` is what the
 * site looks for on every BMC.
 */
export type Planner = (survey: Survey, kept: () => Promise<Kept>, secret: OwnSecret, sought: readonly Sought[]) => Promise<Proposal>;

/** A secret that opens a target: its reference, and where else it counts. */
export interface TargetSecret {
  readonly ref: string;
  /** The other targets that the inventory opens with it, by whatever account. */
  readonly sharedWith: readonly Target['id'][];
  /** Where it was lost in this incident, of all that it opens: refused, or about to go to a strange key. */
  readonly burnedAt: readonly Target['id'][];
}

/** The secret that we log in with, and those of accounts that the inventory lists with one. */
export interface OwnSecret extends TargetSecret {
  readonly accounts: readonly (TargetSecret & { readonly userName: string })[];
  /** The SNMP community; null where the inventory has none. */
  readonly snmp: TargetSecret | null;
  readonly incident: Id<'incident'>;
  /** What is known of the account that an incident made for itself here. */
  readonly account: OwnAccount | null;
  /** Whom else we log in as, for `Own`. */
  readonly also: readonly string[];
  /** Other servers whose secrets the target holds. */
  readonly integrations: readonly IntegrationTerms[];
}

export const NOTHING: Proposal = { findings: [], operations: [] };

export function joined(proposals: readonly Proposal[]): Proposal {
  const unsupported = proposals.map((proposal) => proposal.unsupported).find((code) => code !== undefined);
  return {
    findings: proposals.flatMap(({ findings }) => findings),
    first: proposals.flatMap(({ first }) => first ?? []),
    operations: proposals.flatMap(({ operations }) => operations),
    sections: proposals.flatMap(({ sections }) => sections ?? []),
    last: proposals.flatMap(({ last }) => last ?? []),
    ...(unsupported === undefined ? {} : { unsupported }),
  };
}

export function finding(
  { target }: { readonly target: Pick<Target, 'id'> },
  code: FindingCode,
  shown: Pick<Reading, 'uri' | 'capture'>,
  advice: string,
  uri = shown.uri,
): Finding {
  return { code, target: target.id, uri, ...FINDINGS[code], evidence: shown.capture, advice };
}

/** The finding with what can be looked for on other BMCs. What is no plain text of bounded length is a trick and no name, and stands in the advice alone. */
export function traced(found: Finding, kind: IndicatorKind, value: string): Finding {
  const isName = value !== '' && value.length <= INDICATOR_CHARACTERS && plain(value, INDICATOR_CHARACTERS) === value;
  return isName ? { ...found, indicator: { kind, value } } : found;
}

/** Text of a BMC for a line that people read: stripped, bounded, in quotes. */
export function quoted(text: string, max = 64): string {
  return JSON.stringify(plain(text, max));
}
