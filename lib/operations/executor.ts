import type { Series } from '../evidence/types.js';
import type { EvidenceClass } from '../model/effect.js';
import type { Digest, Id } from '../model/json.js';
import type { Order, Outcome, Send } from '../model/operation.js';
import type { Target } from '../model/site.js';
import type { Case, GateRef } from '../model/work.js';
import { identityDigest, readIdentity } from '../redfish/identity.js';
import type { Connection } from '../redfish/types.js';
import { onRecord } from '../steps/own-session.js';
import { recordingReader } from '../steps/reader.js';
import { claimKey, type Claims } from '../store/claims.js';
import type { Indexes } from '../store/indexes.js';
import type { Objects } from '../store/objects.js';
import type { TargetLocks } from '../store/target-lock.js';
import { observeAct, prepareAct } from './act.js';
import { claim, type Bench, type Look, type Prepared, type Settled } from './bench.js';
import { observeDownload, prepareDownload } from './download.js';
import { destroysOf } from './effect.js';
import { ExecutorError, refuse } from './error.js';
import { explain } from './explain.js';
import type { GateCheck, GateQuestion } from './gate-check.js';
import { observed } from './observed.js';
import { loadOperation, requireApproved, type Planned } from './plan-check.js';
import { observeEach, prepareEach } from './redfish-each.js';
import { observeRequest, prepareRequest } from './redfish.js';
import { shielded } from './shield.js';

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
  claims(incident: Id<'incident'>): Claims;
  indexes(incident: Id<'incident'>): Indexes;
  gateOpen(question: GateQuestion): Promise<GateCheck>;
  /** From the incident's snapshot of the site. */
  target(incident: Id<'incident'>, target: Id<'target'>): Promise<Target>;
  /** Opens the target's series; the executor holds the lock and closes it. */
  series(known: Case, target: Id<'target'>): Promise<Series>;
  /** Opens a conversation that may change things, and records it; the executor closes it. */
  connect(known: Case, target: Target, series: Series, signal: AbortSignal): Promise<Connection>;
  now(): number;
}

/** The one way by which anything is changed on a target. */
export interface Executor {
  /**
   * One idempotent attempt: a claim on disk turns it into an observation. Throws ExecutorError NOT_ATTEMPTED (nothing was sent under this
   * order) or UNSETTLED (it may have been; ask again). The signal is not heeded between claim and answer.
   */
  attempt(order: Order, context: AttemptContext, signal: AbortSignal): Promise<Outcome>;
}

/** How long one attempt may hold the target (a file of gigabytes takes its time), and how long it waits for somebody else's work on it. */
const HOLD_MS = 45 * 60_000;
const WAIT_MS = 2 * 60_000;

export function createExecutor(deps: ExecutorDeps): Executor {
  return {
    async attempt(order, context, signal) {
      const claims = deps.claims(order.incident);
      const work = `attempt ${claimKey(order, null)}`;
      try {
        const target = bmcOf(order);
        const request = { target, work, limitMs: HOLD_MS, waitMs: WAIT_MS, signal };
        return await deps.locks.hold(request, (held) => underLock({ deps, claims, order, context, signal: held }, target));
      } catch (error) {
        throw await explain(error, order, claims);
      }
    },
  };
}

interface Request {
  readonly deps: ExecutorDeps;
  readonly claims: Claims;
  readonly order: Order;
  readonly context: AttemptContext;
  readonly signal: AbortSignal;
}

interface Job extends Request {
  readonly target: Target;
  readonly series: Series;
}

async function underLock(request: Request, id: Id<'target'>): Promise<Outcome> {
  const { deps, claims, order, context } = request;
  const before = await claims.outcome(order);
  if (before !== null) return before;
  const target = await deps.target(order.incident, id);
  const series = await deps.series(context.case, id);
  try {
    const job = { ...request, target, series };
    const begun = (await claims.find(order, null)) !== null;
    const settled = await (begun ? goOn(job) : begin(job));
    return await writeDown(job, settled);
  } finally {
    await series.close();
  }
}

/** Everything that must be right before the first byte leaves, then the claim, then the act. */
async function begin(job: Job): Promise<Settled> {
  const { deps, claims, order, series } = job;
  const known = await loadOperation(deps.objects, order);
  const effect = await requireApproved(deps.objects, deps.indexes(order.incident), known, questionOf(job));
  await requireOpen(job);
  requireSealed(series, known, known.operation.proof.by === 'act' ? OWN_CARE : NONE);
  return withBench(job, { ...known, effect }, async (bench) => {
    await requireDevice(bench, job.target, known.plan.identity);
    const prepared = await prepare(bench);
    if (prepared === null) return { is: 'already' };
    await series.commit();
    requireSealed(series, known, NONE);
    // Reading took its time: a denial that came meanwhile stands.
    await requireOpen(job);
    if (job.signal.aborted) throw new ExecutorError('NOT_ATTEMPTED', 'ABORTED', 'this attempt is no longer wanted', { final: false });
    await claim(bench, null, prepared.seen);
    return observed({ order, claims, now: () => deps.now() }, prepared.act);
  });
}

/** The claim exists: whatever was sent was sent, and is only looked at. */
async function goOn(job: Job): Promise<Settled> {
  const { deps, claims, order } = job;
  return observed({ order, claims, now: () => deps.now() }, async () => {
    const known = await loadOperation(deps.objects, order);
    const made = await claims.find(order, null);
    return withBench(job, { ...known, effect: made?.effect ?? 'destroy' }, async (bench) => {
      await requireDevice(bench, job.target, known.plan.identity);
      return observe(bench);
    });
  });
}

function prepare(bench: Bench): Promise<Prepared | null> {
  const send = built(bench.operation.send);
  switch (send.kind) {
    case 'redfish':
      return bench.operation.proof.by === 'act' ? prepareAct(bench, send) : prepareRequest(bench, send);
    case 'redfish-each':
      return prepareEach(bench, send);
    case 'download':
      return prepareDownload(bench, send);
  }
}

function observe(bench: Bench): Promise<Look> {
  const send = built(bench.operation.send);
  switch (send.kind) {
    case 'redfish':
      return bench.operation.proof.by === 'act' ? observeAct(bench, send) : observeRequest(bench);
    case 'redfish-each':
      return observeEach(bench, send);
    case 'download':
      return observeDownload(bench, send);
  }
}

/** The kinds that exist; no other ever reads as done. */
function built(send: Send): Send & { kind: 'redfish' | 'redfish-each' | 'download' } {
  if (send.kind === 'redfish' || send.kind === 'redfish-each' || send.kind === 'download') return send;
  return refuse('UNSUPPORTED_KIND', `operations of kind ${send.kind} are not built yet`);
}

async function writeDown({ order, claims, series, deps }: Job, settled: Settled): Promise<Outcome> {
  await series.commit();
  const { covered, observed: looks } = await claims.tries(order, null);
  const position = await series.record('operation.outcome', {
    claim: claimKey(order, null),
    plan: order.plan,
    operation: order.operation,
    is: settled.is,
    code: 'code' in settled ? settled.code : null,
    covered,
    looks,
    at: new Date(deps.now()).toISOString(),
  });
  const outcome: Outcome = { ...settled, ...position };
  await claims.settle(order, outcome);
  return outcome;
}

async function requireOpen(job: Job): Promise<void> {
  const check = await job.deps.gateOpen(questionOf(job));
  if (!check.open) refuse(check.code, check.why);
}

/** What an act seals itself before its claim. */
const OWN_CARE: ReadonlySet<EvidenceClass> = new Set<EvidenceClass>(['dumps']);
const NONE: ReadonlySet<EvidenceClass> = new Set<EvidenceClass>();

/** Evidence before destruction: what was sealed hours ago counts, and what is lost is captured again just before the claim. */
function requireSealed(series: Series, { operation }: Planned, later: ReadonlySet<EvidenceClass>): void {
  const sealed = series.sealedClasses();
  const destroyed = new Set([...destroysOf(operation.send), ...operation.destroys]);
  const missing = [...destroyed].filter((one) => !sealed.has(one) && !later.has(one));
  if (missing.length > 0)
    refuse('EVIDENCE_NOT_SEALED', `operation ${String(operation.n)} destroys ${missing.join(', ')}, which is not sealed for this target`);
}

/** The pin was checked by the connection; here the device behind it says who it is. */
async function requireDevice(bench: Bench, target: Target, planned: Digest<'identity'>): Promise<void> {
  const reader = bench.reader('identity');
  const found = await readIdentity((uri) => reader.get(uri));
  if (identityDigest(found) !== planned || planned !== identityDigest(target.identity))
    refuse(
      'WRONG_DEVICE',
      `${target.id} says it is serial ${JSON.stringify(found.serial)}, UUID ${JSON.stringify(found.uuid)}; ` +
        `the inventory has ${JSON.stringify(target.identity.serial)}, ${JSON.stringify(target.identity.uuid)}`,
    );
}

async function withBench<T>(job: Job, known: Planned & Pick<Bench, 'effect'>, work: (bench: Bench) => Promise<T>): Promise<T> {
  const { deps, claims, order, series, context, target } = job;
  const shield = shielded(job.signal);
  const connection = await onRecord(series, () => deps.connect(context.case, target, series, shield.signal));
  try {
    return await work({
      order,
      operation: known.operation,
      effect: known.effect,
      connection,
      series,
      claims,
      shield,
      reader: (purpose) => recordingReader(connection, series, purpose),
      now: () => deps.now(),
    });
  } finally {
    await connection.close();
  }
}

function questionOf({ order, context, series }: Job): GateQuestion {
  const { step, gate, scheduledAt } = context;
  return { order, step, gate, launch: context.case.launch, scheduledAt, lastCustodyAt: Date.parse(series.lastAt) };
}

function bmcOf({ subject }: Order): Id<'target'> {
  return subject.kind === 'bmc' ? subject.target : refuse('UNSUPPORTED_KIND', 'operations on enforcers are not built yet');
}
