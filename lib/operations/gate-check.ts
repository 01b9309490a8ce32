import { CLOCK_SKEW_MS } from '../model/clock-skew.js';
import { time, type Digest, type Id } from '../model/json.js';
import { launches } from '../model/occurrence.js';
import type { Order } from '../model/operation.js';
import { launchGate, mayLaunch, mayRelease, maySteer, tally, type CountedDecision } from '../model/quorum.js';
import { STEP_TABLE, stepRow } from '../model/steps.js';
import type { Decision, Launch, Statement } from '../model/statement.js';
import type { GateRef } from '../model/work.js';
import type { Indexes, IndexRecord } from '../store/indexes.js';
import type { Objects } from '../store/objects.js';
import type { Statements } from '../store/statements.js';
import { canonical } from '../trust/canonical.js';
import { readIndex, readPage } from '../trust/read-plan.js';
import type { Keyring } from '../trust/statement.js';
import { addedTargets } from './added.js';
import { lockOf } from './job.js';
import { createVerifier, type Verify } from './verifier.js';

/** What an order needs a gate for. */
export interface GateQuestion {
  readonly order: Order;
  readonly step: Id<'step'>;
  readonly gate: GateRef;
  readonly launch: Digest<'statement'>;
  /** When the engine scheduled the activity, and when the series last wrote: clocks that a worker's own must not contradict. */
  readonly scheduledAt: number;
  readonly lastCustodyAt: number | null;
}

export type GateRefusal =
  /** The worker's clock is more than a minute behind the engine or its own records; expiry cannot be judged. */
  | 'CLOCK_BEHIND'
  | 'LAUNCH_INVALID'
  | 'GATE_UNKNOWN'
  | 'GATE_DENIED'
  | 'QUORUM_SHORT'
  | 'GATE_EXPIRED'
  /** A later round planned this subject anew. */
  | 'GATE_SUPERSEDED'
  | 'CANCELLED'
  /** The order counts a retry that nobody signed. */
  | 'RETRY_NOT_SIGNED'
  /** Nobody signed that this is lifted. */
  | 'RELEASE_NOT_SIGNED'
  /** Somebody signed that this is lifted, after its round opened: what has not begun must not begin. */
  | 'RELEASED'
  /** Somebody signed that this target is skipped, or given up. */
  | 'TARGET_GIVEN_UP'
  /** What this zone stores about the gate is damaged. */
  | 'GATE_UNREADABLE';

export type GateCheck = { readonly open: true } | { readonly open: false; readonly code: GateRefusal; readonly why: string };

export interface GateDeps {
  /** The zone whose store this is. */
  readonly zone: Id<'zone'>;
  readonly objects: Objects;
  statements(incident: Id<'incident'>): Statements;
  indexes(incident: Id<'incident'>): Indexes;
  /** People, certificates and policy of the incident's own snapshot of the site. */
  keyring(incident: Id<'incident'>): Promise<Keyring>;
  now(): number;
}

/** Gate 0, under which what only contains is carried out. */
const LAUNCH = 'launch';

/**
 * Judges a gate from nothing but this zone's own store: every stored statement is read and verified again, quorum, denial, exclusion,
 * expiry, cancellation and retries are counted again, and whatever cannot be read closes the gate. The engine's word is not asked.
 */
export function createGateCheck(deps: GateDeps): (question: GateQuestion) => Promise<GateCheck> {
  const verify = createVerifier();
  return async (question) => {
    try {
      await judge(deps, verify, question);
      return { open: true };
    } catch (error) {
      if (error instanceof Closed) return { open: false, code: error.code, why: error.message };
      const why = error instanceof Error ? error.message : String(error);
      return { open: false, code: 'GATE_UNREADABLE', why: `what this zone stores about the gate cannot be read: ${why}` };
    }
  };
}

async function judge(deps: GateDeps, verify: Verify, question: GateQuestion): Promise<void> {
  const { order, launch } = question;
  const now = latestClock(deps.now(), question);
  const keyring = await deps.keyring(order.incident);
  const all = await verifyAll(deps.statements(order.incident), verify, keyring, now);
  // A launch that repeats opens many incidents: what was said in another one of them was not said here.
  const later = all.filter(
    ({ statement }) => statement.verb !== 'launch' && statement.launch === launch && statement.incident === order.incident,
  );
  const launched = requireLaunch(all, keyring, question, deps.zone, now);
  requireNamed(later, keyring, launched, question);
  requireCosigners(later, keyring, launched, launch);
  const record = await deps.indexes(order.incident).get(question.gate.gate, question.gate.round);
  const releases = releasesOf(later, keyring, launched, question);
  requireRetries(later, keyring, question);
  if (order.release !== null) {
    requireRelease(releases, record, order.release);
    return;
  }
  requireNotReleased(releases, record, question.step);
  requireSteering(later, keyring, question);
  await requireRound(deps, later, keyring, launched, question, now);
  await requireNewest(deps, question);
}

/** Carries a refusal out of the checks below; never leaves this file. */
class Closed extends Error {
  readonly code: GateRefusal;

  constructor(code: GateRefusal, message: string) {
    super(message);
    this.code = code;
  }
}

function latestClock(clock: number, { scheduledAt, lastCustodyAt }: GateQuestion): number {
  const latest = Math.max(clock, scheduledAt, lastCustodyAt ?? 0);
  if (latest - clock > CLOCK_SKEW_MS)
    throw new Closed('CLOCK_BEHIND', `this worker's clock says ${time(clock)}, and it was ${time(latest)} before; set the clock`);
  return latest;
}

interface Verified {
  readonly digest: Digest<'statement'>;
  readonly statement: Statement;
  readonly person: Id<'person'>;
  readonly storedAt: number;
}

/**
 * Everything was valid when it was stored, or the store is not to be trusted. An approval of changes must be valid now as well; what co-signers said of
 * the launch, or of targets that were added, lasts as long as the incident, as the launch itself does.
 */
async function verifyAll(statements: Statements, verify: Verify, keyring: Keyring, now: number): Promise<readonly Verified[]> {
  const all: Verified[] = [];
  for (const { digest, stored } of await statements.list()) {
    const { statement, person } = await verify(stored, keyring, new Date(Date.parse(stored.storedAt) + CLOCK_SKEW_MS));
    const still = statement.verb !== 'approve' || statement.gate === LAUNCH || isValidAt(statement, now + CLOCK_SKEW_MS);
    if (still) all.push({ digest, statement, person, storedAt: Date.parse(stored.storedAt) });
  }
  return all;
}

function isValidAt(statement: Statement, now: number): boolean {
  return Date.parse(statement.notBefore) <= now && now < Date.parse(statement.notAfter);
}

function requireLaunch(
  all: readonly Verified[],
  keyring: Keyring,
  { order, launch }: GateQuestion,
  zone: Id<'zone'>,
  now: number,
): { launch: Launch; by: Id<'person'> } {
  const found = all.find(({ digest }) => digest === launch);
  if (found?.statement.verb !== 'launch') throw new Closed('LAUNCH_INVALID', 'the launch of this incident is not stored in this zone');
  const { statement, person } = found;
  const { subject } = order;
  // The zone took the incident in because the launch names targets of it.
  const isHere = subject.kind === 'bmc' || subject.zone === zone;
  const isIts = launches(statement, order.incident, now + CLOCK_SKEW_MS);
  if (!isIts || statement.policy !== keyring.policyDigest || statement.stepTable !== STEP_TABLE || !isHere)
    throw new Closed('LAUNCH_INVALID', 'the launch is about another incident, policy, step table or zone');
  if (!mayLaunch(keyring.policy, keyring.people, person)) throw new Closed('LAUNCH_INVALID', `${person} may not launch an incident`);
  return { launch: statement, by: person };
}

/** The launch names the target, or a statement under it took the target in. */
function requireNamed(
  later: readonly Verified[],
  keyring: Keyring,
  { launch }: { launch: Launch },
  { order: { subject } }: GateQuestion,
): void {
  if (subject.kind !== 'bmc' || launch.targets.includes(subject.target)) return;
  if (!addedTargets(later, keyring, launch).includes(subject.target))
    throw new Closed('LAUNCH_INVALID', 'neither the launch nor a valid statement under it names this target');
}

/** The valid releases of this step and subject. */
function releasesOf(
  all: readonly Verified[],
  { policy, people }: Keyring,
  launched: { by: Id<'person'> },
  { order, step }: GateQuestion,
): readonly Verified[] {
  const subject = canonical(order.subject);
  return all.filter(
    ({ statement, person }) =>
      statement.verb === 'release' &&
      mayRelease(policy, people, launched.by, person) &&
      (statement.steps.length === 0 || statement.steps.includes(step)) &&
      (statement.subjects.length === 0 || statement.subjects.some((one) => canonical(one) === subject)),
  );
}

/**
 * Cancelled or not: what contains is lifted by this statement and by no other, for the steps and subjects that it names. It is about what there
 * was when it was signed: whatever a later round put in force needs another.
 */
function requireRelease(releases: readonly Verified[], round: IndexRecord | null, wanted: Digest<'statement'>): void {
  const found = releases.find(({ digest }) => digest === wanted);
  if (found === undefined || round === null || Date.parse(round.openedAt) > found.storedAt + CLOCK_SKEW_MS)
    throw new Closed('RELEASE_NOT_SIGNED', 'no valid release of this step and subject, signed since its round opened, lies in this zone');
}

/** What was not begun when it was released must not come into force after it. */
function requireNotReleased(releases: readonly Verified[], round: IndexRecord | null, step: Id<'step'>): void {
  if (round === null || stepRow(step)?.holds !== true) return;
  const found = releases.find(({ storedAt }) => Date.parse(round.openedAt) <= storedAt);
  if (found !== undefined) throw new Closed('RELEASED', `${found.person} released this: ${found.statement.reason}`);
}

/** A retry counts only when somebody signed it. */
function requireRetries(all: readonly Verified[], { policy, people }: Keyring, { order, step }: GateQuestion): void {
  const signed = new Set(
    all.flatMap(({ statement, person }) => {
      if (statement.verb !== 'resolve' || statement.choice !== 'retry' || statement.step !== step) return [];
      return statement.targets.includes(lockOf(order.subject)) && maySteer(policy, people, person) ? [statement.retry] : [];
    }),
  );
  for (let retry = 0; retry < order.retry; retry++)
    if (!signed.has(retry)) throw new Closed('RETRY_NOT_SIGNED', `retry ${String(retry + 1)} of this target is not signed by anybody`);
}

/** Cancel, skip and abort stop what has not begun. */
function requireSteering(all: readonly Verified[], { policy, people }: Keyring, { order, step }: GateQuestion): void {
  const { subject } = order;
  const subjectText = canonical(subject);
  const names = (subjects: readonly Order['subject'][]): boolean => subjects.some((one) => canonical(one) === subjectText);
  for (const { statement, person } of all) {
    if (!maySteer(policy, people, person)) continue;
    if (statement.verb === 'cancel' && (statement.subjects.length === 0 || names(statement.subjects)))
      throw new Closed('CANCELLED', `${person} cancelled: ${statement.reason}`);
    // Whoever resolves an enforcer names it among the targets.
    if (statement.verb !== 'resolve' || statement.step !== step || !statement.targets.includes(lockOf(subject))) continue;
    if (statement.choice === 'skip' || statement.choice === 'abort')
      throw new Closed('TARGET_GIVEN_UP', `${person} signed ${statement.choice} for this target: ${statement.reason}`);
  }
}

function requireCosigners(
  all: readonly Verified[],
  { policy, people }: Keyring,
  launched: { launch: Launch; by: Id<'person'> },
  launch: Digest<'statement'>,
): void {
  if (launched.launch.targets.length <= policy.launch.cosignersAbove) return;
  const decisions = decisionsOf(all, (decision) => decision.round === 0 && decision.root === launch);
  if (tally(launchGate(policy.launch), people, launched.by, decisions).state !== 'approved')
    throw new Closed('LAUNCH_INVALID', 'a launch of so many targets needs co-signers, and it lacks them');
}

async function requireRound(
  deps: GateDeps,
  all: readonly Verified[],
  { policy, policyDigest, people }: Keyring,
  launched: { by: Id<'person'> },
  { order, gate, step }: GateQuestion,
  now: number,
): Promise<void> {
  const record = await deps.indexes(order.incident).get(gate.gate, gate.round);
  const byLaunch = gate.gate === LAUNCH;
  const terms = byLaunch ? launchGate(policy.launch) : policy.gates[gate.gate];
  if (record === null || terms === undefined || record.root !== gate.root || gate.round !== order.round)
    throw new Closed('GATE_UNKNOWN', `this zone knows no round ${String(gate.round)} of gate ${gate.gate} with this root`);
  const index = readIndex(await deps.objects.get(gate.root));
  if (index.step !== step || index.gate !== gate.gate || index.round !== gate.round)
    throw new Closed('GATE_UNKNOWN', 'the index under this root is of another step, gate or round');
  if (byLaunch) {
    // The launch carries the authority to observe and to contain, for as long as the incident runs; for more there are gates.
    if (index.counts.change + index.counts.destroy > 0) throw new Closed('QUORUM_SHORT', 'a launch alone allows no change');
    return;
  }

  const counts = canonical(index.counts);
  const ofRound = (decision: Decision): boolean => decision.gate === gate.gate && decision.round === gate.round;
  const approves = (decision: Decision): boolean =>
    decision.verb === 'approve' &&
    decision.root === gate.root &&
    decision.policy === policyDigest &&
    canonical(decision.counts) === counts &&
    decision.notBefore <= record.decideBy;
  // Denials first, and whatever root they name: when a person said both, the no stands.
  const denials = decisionsOf(all, (decision) => ofRound(decision) && decision.verb === 'deny');
  const approvals = decisionsOf(all, (decision) => ofRound(decision) && approves(decision));
  const { state, missing } = tally(terms, people, launched.by, [...denials, ...approvals]);
  if (state === 'denied') throw new Closed('GATE_DENIED', `round ${String(gate.round)} of gate ${gate.gate} was denied`);
  if (state === 'open') throw new Closed('QUORUM_SHORT', `gate ${gate.gate} lacks ${String(missing)} valid approvals`);

  const executeBy = Math.min(Date.parse(record.executeBy), Date.parse(record.openedAt) + terms.executionExpiresAfter * 60_000);
  if (now >= executeBy) throw new Closed('GATE_EXPIRED', `what gate ${gate.gate} approved had to begin before ${time(executeBy)}`);
}

/** A round after this one that holds the subject for the same step takes its place, decided or not. */
async function requireNewest(deps: GateDeps, { order, gate, step }: GateQuestion): Promise<void> {
  const indexes = deps.indexes(order.incident);
  const subject = canonical(order.subject);
  for (const round of await indexes.rounds(gate.gate)) {
    const record = round > gate.round ? await indexes.get(gate.gate, round) : null;
    if (record === null || readIndex(await deps.objects.get(record.root)).step !== step) continue;
    for (const page of record.pages)
      if (readPage(await deps.objects.get(page)).rows.some((row) => canonical(row.subject) === subject))
        throw new Closed('GATE_SUPERSEDED', `round ${String(round)} of gate ${gate.gate} planned this target anew`);
  }
}

function decisionsOf(all: readonly Verified[], counts: (decision: Decision) => boolean): readonly CountedDecision[] {
  return all.flatMap(({ statement, person, digest }) => {
    if (statement.verb !== 'approve' && statement.verb !== 'deny') return [];
    return counts(statement) ? [{ person, verb: statement.verb, statement: digest }] : [];
  });
}
