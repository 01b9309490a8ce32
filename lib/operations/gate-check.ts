import { CLOCK_SKEW_MS } from '../model/clock-skew.js';
import { time } from '../model/json.js';
import { requireCosigners, requireLaunch, requireNamed } from './gate/launch.js';
import { Closed, type GateDeps, type GateQuestion, type GateRefusal } from './gate/question.js';
import { requireNewest, requireRound } from './gate/round.js';
import { verifyAll } from './gate/said.js';
import { releasesOf, requireNotReleased, requireRelease, requireRetries, requireSteering } from './gate/steering.js';
import { createVerifier, type Verify } from './verifier.js';

export type GateCheck = { readonly open: true } | { readonly open: false; readonly code: GateRefusal; readonly why: string };

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

function latestClock(clock: number, { scheduledAt, lastCustodyAt }: GateQuestion): number {
  const latest = Math.max(clock, scheduledAt, lastCustodyAt ?? 0);
  if (latest - clock > CLOCK_SKEW_MS)
    throw new Closed('CLOCK_BEHIND', `this worker's clock says ${time(clock)}, and it was ${time(latest)} before; set the clock`);
  return latest;
}
