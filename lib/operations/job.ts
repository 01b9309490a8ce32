import type { Series } from '../evidence/types.js';
import type { Integration } from '../integrations/command.js';
import type { Enforcer } from '../isolation/enforcer.js';
import type { AskVantage } from '../isolation/probe.js';
import type { Change, ChangeOptions } from '../ipmi/change.js';
import type { IpmiConnection } from '../ipmi/connection.js';
import type { Said } from '../ipmi/refusal.js';
import { id, type Digest, type Id } from '../model/json.js';
import type { Order, Subject } from '../model/operation.js';
import type { Vantage } from '../model/isolation-terms.js';
import type { IpmiTarget, RedfishTarget, Target } from '../model/site.js';
import type { Case, GateRef } from '../model/work.js';
import type { Connection } from '../redfish/types.js';
import type { Authority } from '../certificates/authority.js';
import type { Claims } from '../store/claims.js';
import type { Pins } from '../store/pins.js';
import type { Settings } from '../store/settings.js';
import type { Indexes } from '../store/indexes.js';
import type { Envelopes } from '../store/envelopes.js';
import type { Credentials } from '../store/credentials.js';
import type { Leases } from '../store/leases.js';
import type { Objects } from '../store/objects.js';
import type { TargetLocks } from '../store/target-lock.js';
import type { Login } from '../redfish/types.js';
import type { PasswordRules } from '../model/password.js';
import type { Secret } from '../vault/secret.js';
import type { Vault } from '../vault/vault.js';
import type { Completed, Completion } from './completion.js';
import type { GateCheck } from './gate-check.js';
import type { GateQuestion } from './gate/question.js';

/** What an order belongs to, as the engine has it; the executor believes none of it without the store. */
export interface AttemptContext {
  readonly case: Case;
  readonly step: Id<'step'>;
  readonly gate: GateRef;
  /** When the engine scheduled the attempt, milliseconds since 1970. */
  readonly scheduledAt: number;
}

export interface ExecutorDeps {
  readonly objects: Objects;
  readonly locks: TargetLocks;
  readonly leases: Leases;
  /** What this zone knows of the secrets of its targets. */
  readonly credentials: Credentials;
  /** The store that a reference names. Throws a VaultError. */
  vaultOf(reference: string): Vault;
  makePassword(rules: PasswordRules): Secret;
  readonly envelopes: Envelopes;
  /** The certificates of a person, ASCII armor, from the incident's snapshot of the site. */
  certificates(incident: Id<'incident'>, person: Id<'person'>): Promise<readonly string[]>;
  claims(incident: Id<'incident'>): Claims;
  settings(incident: Id<'incident'>, target: Id<'target'>): Settings;
  indexes(incident: Id<'incident'>): Indexes;
  gateOpen(question: GateQuestion): Promise<GateCheck>;
  /** The signed `complete` statements that count for this order; none while nobody has said that it is done. */
  completions(incident: Id<'incident'>, completed: Completed): Promise<readonly Completion[]>;
  /** From the incident's snapshot of the site. */
  target(incident: Id<'incident'>, target: Id<'target'>): Promise<Target>;
  /** The enforcer and the vantage points of this zone, from the same snapshot. */
  enforcer(incident: Id<'incident'>, name: Id<'enforcer'>, signal: AbortSignal): Promise<EnforcerAndVantages>;
  /** What tells another server of new secrets, from the same snapshot. */
  integration(incident: Id<'incident'>, name: Id<'integration'>, signal: AbortSignal): Promise<Integration>;
  /** Opens the subject's series; the executor holds the lock and closes it. */
  series(known: Case, series: Id<'series'>): Promise<Series>;
  /** Opens a conversation that may change things, and records it; the executor closes it. */
  connect(known: Case, target: Target, series: Series, signal: AbortSignal): Promise<Connection>;
  /** The same with this credential, for reading, to see whether the BMC takes it: a refusal burns nothing. */
  tryLogin(known: Case, target: Target, series: Series, login: Login, signal: AbortSignal): Promise<Connection>;
  /** What this zone knows of the TLS keys of its targets. */
  readonly pins: Pins;
  /** Who signs certificates, by the incident's snapshot of the site; null: nobody. */
  certificateAuthority(incident: Id<'incident'>): Promise<Authority | null>;
  /** Every key that the inventory, or this zone, knows of another target. */
  keysOfOthers(incident: Id<'incident'>, target: Id<'target'>): Promise<readonly Digest<'spki'>[]>;
  /** The key that whoever answers there shows now: a handshake, and nothing is sent. */
  shownKey(target: RedfishTarget, signal: AbortSignal): Promise<Digest<'spki'>>;
  /** The same beside a conversation of ours that stays open: nothing that is remembered of that one is touched. */
  secondLogin(known: Case, target: Target, series: Series, login: Login, signal: AbortSignal): Promise<Connection>;
  /** Opens a conversation over IPMI, which can only read. */
  overIpmi(target: IpmiTarget, login: Login, signal: AbortSignal): Promise<IpmiConnection>;
  /** Makes one change over IPMI, sent once; throws only when nothing was sent. */
  changeOverIpmi(target: IpmiTarget, terms: Pick<ChangeOptions, 'credential' | 'suite' | 'signal'>, change: Change): Promise<Said>;
  now(): number;
}

export interface EnforcerAndVantages {
  readonly enforcer: Enforcer;
  readonly vantages: readonly Vantage[];
  readonly askVantage: AskVantage;
}

/** One attempt, with the subject's lock held and its series open. */
export interface Job {
  readonly deps: ExecutorDeps;
  readonly claims: Claims;
  readonly order: Order;
  readonly context: AttemptContext;
  readonly signal: AbortSignal;
  readonly series: Series;
}

/** Under which name a subject is locked; the site has no target and enforcer of one name. */
export function lockOf(subject: Subject): Id<'target'> {
  return subject.kind === 'bmc' ? subject.target : id<'target'>(subject.name);
}

/** Where the evidence about a subject is kept. */
export function seriesOf(subject: Subject): Id<'series'> {
  return id<'series'>(lockOf(subject));
}

/** What this order needs a gate for. */
export function questionOf({ order, context, series }: Job): GateQuestion {
  const { step, gate, scheduledAt } = context;
  return { order, step, gate, launch: context.case.launch, scheduledAt, lastCustodyAt: Date.parse(series.lastAt) };
}
