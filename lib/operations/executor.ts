import type { EvidenceClass } from '../model/effect.js';
import type { Order, Outcome } from '../model/operation.js';
import type { Series } from '../evidence/types.js';
import { claimKey } from '../store/claims.js';
import { claim, type Settled } from './bench.js';
import { cancelledJob, destroysOf } from './effect.js';
import { ExecutorError, refuse } from './error.js';
import { explain } from './explain.js';
import { wasBegun } from './begun.js';
import { isFirstPassword } from './first-password.js';
import { inHand } from './in-hand.js';
import { lockOf, questionOf, seriesOf, type AttemptContext, type ExecutorDeps, type Job } from './job.js';
import { requireLease } from './lease.js';
import { isLiftedByRelease } from './lift.js';
import { observed } from './observed.js';
import { noteBefore, noteSettings } from './note-settings.js';
import { loadOperation, requireApproved, type Planned } from './plan-check.js';
import { undone } from './undo.js';

/** The one way by which anything is changed on a subject. */
export interface Executor {
  /**
   * One idempotent attempt: a claim on disk turns it into an observation. Throws ExecutorError NOT_ATTEMPTED (nothing was sent under this
   * order) or UNSETTLED (it may have been; ask again). The signal is not heeded between claim and answer.
   */
  attempt(order: Order, context: AttemptContext, signal: AbortSignal): Promise<Outcome>;
}

/** How long one attempt may hold the subject (a file of gigabytes takes its time), and how long it waits for somebody else's work on it. */
const HOLD_MS = 45 * 60_000;
const WAIT_MS = 2 * 60_000;

export function createExecutor(deps: ExecutorDeps): Executor {
  return {
    async attempt(order, context, signal) {
      const claims = deps.claims(order.incident);
      const request = {
        target: lockOf(order.subject),
        work: `attempt ${claimKey(order, null)}`,
        limitMs: HOLD_MS,
        waitMs: WAIT_MS,
        signal,
      };
      try {
        return await deps.locks.hold(request, (held) => underLock({ deps, claims, order, context, signal: held }));
      } catch (error) {
        throw await explain(error, order, claims);
      }
    },
  };
}

async function underLock(request: Omit<Job, 'series'>): Promise<Outcome> {
  const { deps, claims, order, context } = request;
  const before = await claims.outcome(order);
  if (before !== null) return before;
  const series = await deps.series(context.case, seriesOf(order.subject));
  try {
    const job = { ...request, series };
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
  const planned = await loadOperation(deps.objects, order);
  const effect = await requireApproved(deps.objects, deps.indexes(order.incident), planned, questionOf(job));
  const begun = order.release === null ? await requireInOrder(claims, order, planned) : await isLiftedByRelease(claims, order, planned);
  // What a section ends with takes back what the section did: nothing, when it never began.
  if (order.release === null && planned.closes !== null && !begun) return { is: 'already' };
  // A section that has begun is finished: leaving it half done would be worse than what closed the gate.
  if (!begun) await requireOpen(job);
  const known = await undone(job, planned);
  if (known === null) return { is: 'already' };
  if (effect !== 'observe') await requireLease(job);
  requireSealed(series, known, takesCareOf(known));
  return inHand(job, known, effect, async (hand) => {
    await hand.requireDevice();
    const prepared = await hand.prepare();
    if (prepared === null) return { is: 'already' };
    await series.commit();
    await sealTouched(series, known);
    requireSealed(series, known, isFirstPassword(known.operation) ? UNREADABLE : NONE, caresForConfiguration(known));
    // Reading took its time: a denial that came meanwhile stands.
    if (!begun) await requireOpen(job);
    if (job.signal.aborted) throw new ExecutorError('NOT_ATTEMPTED', 'ABORTED', 'this attempt is no longer wanted', { final: false });
    await noteBefore(job, known);
    await claim(hand.bench, null, prepared.seen);
    return observed({ order, claims, now: () => deps.now() }, prepared.act);
  });
}

/** The claim exists: whatever was sent was sent, and is only looked at. */
async function goOn(job: Job): Promise<Settled> {
  const { deps, claims, order } = job;
  return observed({ order, claims, now: () => deps.now() }, async () => {
    const known = await undone(job, await loadOperation(deps.objects, order));
    if (known === null) return { is: 'already' };
    const made = await claims.find(order, null);
    return inHand(job, known, made?.effect ?? 'destroy', async (hand) => {
      await hand.requireDevice();
      return hand.observe();
    });
  });
}

async function writeDown(job: Job, settled: Settled): Promise<Outcome> {
  const { order, claims, series, deps } = job;
  await series.commit();
  const { covered, observed: looks } = await claims.tries(order, null);
  const position = await series.record('operation.outcome', {
    claim: claimKey(order, null),
    plan: order.plan,
    operation: order.operation,
    release: order.release,
    is: settled.is,
    code: 'code' in settled ? settled.code : null,
    covered,
    looks,
    at: new Date(deps.now()).toISOString(),
  });
  const outcome: Outcome = { ...settled, ...position };
  await noteSettings(job, settled);
  await claims.settle(order, outcome);
  return outcome;
}

/** Within a section each operation waits for the one before it; true when one came before, or when the section that it ends has begun. */
async function requireInOrder(claims: Job['claims'], order: Order, { earlier, closes }: Planned): Promise<boolean> {
  if (closes !== null) return isSectionBegun(claims, order, closes);
  for (const operation of earlier) {
    const outcome = await claims.outcome({ ...order, operation });
    if (outcome?.is !== 'done' && outcome?.is !== 'already')
      refuse('PRECONDITION_FAILED', `operation ${String(operation)} comes first in its section, and it is not done`);
  }
  return earlier.length > 0;
}

async function isSectionBegun(claims: Job['claims'], order: Order, operations: readonly number[]): Promise<boolean> {
  for (const operation of operations) if (await wasBegun(claims, { ...order, operation })) return true;
  return false;
}

async function requireOpen(job: Job): Promise<void> {
  const check = await job.deps.gateOpen(questionOf(job));
  if (!check.open) refuse(check.code, check.why);
}

const NONE: ReadonlySet<EvidenceClass> = new Set<EvidenceClass>();

/** What the only login that there is may not read before it has changed its password: that it may not is what is sealed in its place. */
const UNREADABLE: ReadonlySet<EvidenceClass> = new Set<EvidenceClass>(['accounts', 'sessions']);

/** What is captured and sealed just before the claim: earlier dumps by an act, the network's state by a change of the rules. */
function takesCareOf({ operation }: Pick<Planned, 'operation'>): ReadonlySet<EvidenceClass> {
  if (operation.send.kind === 'network' || operation.send.kind === 'manual') return new Set<EvidenceClass>(['network']);
  if (isFirstPassword(operation)) return UNREADABLE;
  if (caresForConfiguration({ operation })) return new Set<EvidenceClass>(['configuration']);
  return operation.proof.by === 'act' ? new Set<EvidenceClass>(['dumps']) : NONE;
}

/**
 * A full capture may take an hour, and a freeze must not wait for it: a PATCH or DELETE of one resource destroys of the configuration that resource
 * alone, which was read just now, and so does an action that cancels the one job whose state its precondition reads. That reading is sealed before
 * the claim.
 */
function caresForConfiguration({ operation: { send, before } }: Pick<Planned, 'operation'>): boolean {
  const job = cancelledJob(send);
  if (send.kind === 'certificate') return send.act === 'install';
  if (job !== null) return before.some(({ uri }) => uri.endsWith(`/${job}`));
  return send.kind === 'access-rules' || (send.kind === 'redfish' && (send.method === 'PATCH' || send.method === 'DELETE'));
}

async function sealTouched(series: Series, known: Planned): Promise<void> {
  const destroys = [...destroysOf(known.operation.send), ...known.operation.destroys];
  const isTouched = caresForConfiguration(known) && destroys.includes('configuration') && !series.sealedClasses().has('configuration');
  if (!isTouched && !isFirstPassword(known.operation)) return;
  await series.seal({ final: false, heads: null, atLeast: null });
}

/** Evidence before destruction: what was sealed hours ago counts, and what is lost is captured again just before the claim. */
function requireSealed(series: Series, { operation }: Planned, later: ReadonlySet<EvidenceClass>, touchedIsSealed = false): void {
  const sealed = new Set([...series.sealedClasses(), ...(touchedIsSealed ? (['configuration'] as const) : [])]);
  const destroyed = new Set([...destroysOf(operation.send), ...operation.destroys]);
  const missing = [...destroyed].filter((one) => !sealed.has(one) && !later.has(one));
  if (missing.length > 0)
    refuse('EVIDENCE_NOT_SEALED', `operation ${String(operation.n)} destroys ${missing.join(', ')}, which is not sealed for this subject`);
}
