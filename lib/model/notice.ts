import { isDigest, isId, type Digest, type Id, type Time } from './json.js';
import type { Case } from './work.js';

/** What people are told about without asking; a closed list. */
export const NOTICE_EVENTS = [
  'incident-opened',
  'gate-opened',
  'gate-decided',
  'gate-expired',
  'target-parked',
  'containment-changed',
  'no-worker',
  'freeze-notice',
  'incident-ended',
  'secret-rotated',
  'occurrence-refused',
] as const;
export type NoticeEvent = (typeof NOTICE_EVENTS)[number];

/** What something came to, as far as a notice says it. */
export const NOTICE_STATES = [
  'approved',
  'denied',
  'cancelled',
  'contained',
  'open',
  'unknown',
  'released',
  'done',
  'done-with-exceptions',
] as const;
export type NoticeState = (typeof NOTICE_STATES)[number];

/** What a notice may say beside its event: identifiers and counts. Nothing from a BMC, no reasons, no addresses: an attacker may read the mail. */
export interface NoticeFacts {
  readonly step?: Id<'step'> | null;
  readonly gate?: Id<'gate'> | null;
  readonly round?: number | null;
  readonly zone?: Id<'zone'> | null;
  readonly enforcer?: Id<'enforcer'> | null;
  /** How many targets it is about. */
  readonly targets?: number | null;
  readonly state?: NoticeState | null;
  /** The signed document that goes with it, kept in the zone's store. */
  readonly document?: Digest<'document'> | null;
}

export interface Notice extends Required<NoticeFacts> {
  readonly incident: Id<'incident'>;
  /** Counts the notices of an incident from 1. */
  readonly seq: number;
  readonly event: NoticeEvent;
  readonly at: Time;
  /** What to type next. */
  readonly next: string;
}

export type NoticeHead = Pick<Notice, 'incident' | 'seq' | 'event' | 'at'>;

/** The only way to a notice: takes what is listed, and of that only what is an identifier, a count or a word of a closed list; the rest is left out. */
export function noticeOf({ incident, seq, event, at }: NoticeHead, facts: NoticeFacts): Notice {
  const said = {
    step: idOrNull(facts.step),
    gate: idOrNull(facts.gate),
    round: countOrNull(facts.round),
    zone: idOrNull(facts.zone),
    enforcer: idOrNull(facts.enforcer),
    targets: countOrNull(facts.targets),
    state: NOTICE_STATES.find((state) => state === facts.state) ?? null,
    document: isDigest<'document'>(facts.document) ? facts.document : null,
  };
  return { incident, seq, event, at, ...said, next: nextCommand(event, incident, said) };
}

function nextCommand(event: NoticeEvent, incident: string, { gate, round, zone }: Pick<Notice, 'gate' | 'round' | 'zone'>): string {
  if (event === 'gate-opened' && gate !== null)
    return `cofferdam gate show ${incident} ${gate}${round === null ? '' : ` --round ${String(round)}`}`;
  if (event === 'no-worker' && zone !== null) return `cofferdam-worker --site DIR --zone ${zone}`;
  if (event === 'occurrence-refused') return 'cofferdam schedule list';
  if (event === 'freeze-notice') return 'cofferdam freeze check TARGET';
  return `cofferdam incident show ${incident}`;
}

function idOrNull<Of extends string>(value: Id<Of> | null | undefined): Id<Of> | null {
  return isId<Of>(value) ? value : null;
}

function countOrNull(value: number | null | undefined): number | null {
  return Number.isSafeInteger(value) && value !== undefined && value !== null && value >= 0 ? value : null;
}

/** An endpoint as the incident knows it: whom to tell of what, and nothing of how. */
export interface EndpointRef {
  readonly endpoint: Id<'endpoint'>;
  readonly events: readonly NoticeEvent[];
}

/** The order to tell one endpoint. */
export interface NotifyInput {
  readonly case: Case;
  readonly notice: Notice;
  readonly endpoint: Id<'endpoint'>;
}

/** What became of it; `code` is of lib/notify, or `GAVE_UP` when the time for tries was over. */
export type Told = { readonly is: 'delivered' } | { readonly is: 'undelivered'; readonly code: string };

/** How many single deliveries of an incident came to what; `withheld` are notices beyond the most that one event may have. */
export interface NoticeCounts {
  readonly started: number;
  readonly delivered: number;
  readonly undelivered: number;
  readonly withheld: number;
}

/** What a freeze comes with, told by the workflow that froze. */
export interface FreezeInput {
  readonly case: Case;
  readonly targets: readonly Id<'target'>[];
  /** Who decided it: the launch's requester and the approvers of the gate. */
  readonly by: readonly Id<'person'>[];
  readonly requester: Id<'person'>;
  readonly since: Time;
}

export interface FreezeNoticeRef {
  /** The extract that may leave the case; what a `freeze-notice` names. */
  readonly extract: Digest<'document'>;
  /** The whole notice, which stays in the case. */
  readonly notice: Digest<'document'>;
}
