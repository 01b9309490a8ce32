import { CLOCK_SKEW_MS } from '../../model/clock-skew.js';
import type { Digest, Id } from '../../model/json.js';
import type { Order } from '../../model/operation.js';
import { mayRelease, maySteer } from '../../model/quorum.js';
import { stepRow } from '../../model/steps.js';
import type { IndexRecord } from '../../store/indexes.js';
import { canonical } from '../../trust/canonical.js';
import type { Keyring } from '../../trust/statement.js';
import { lockOf } from '../job.js';
import { Closed, type GateQuestion } from './question.js';
import type { Verified } from './said.js';

/** The valid releases of this step and subject. */
export function releasesOf(
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
export function requireRelease(releases: readonly Verified[], round: IndexRecord | null, wanted: Digest<'statement'>): void {
  const found = releases.find(({ digest }) => digest === wanted);
  if (found === undefined || round === null || Date.parse(round.openedAt) > found.storedAt + CLOCK_SKEW_MS)
    throw new Closed('RELEASE_NOT_SIGNED', 'no valid release of this step and subject, signed since its round opened, lies in this zone');
}

/** What was not begun when it was released must not come into force after it. */
export function requireNotReleased(releases: readonly Verified[], round: IndexRecord | null, step: Id<'step'>): void {
  if (round === null || stepRow(step)?.holds !== true) return;
  const found = releases.find(({ storedAt }) => Date.parse(round.openedAt) <= storedAt);
  if (found !== undefined) throw new Closed('RELEASED', `${found.person} released this: ${found.statement.reason}`);
}

/** A retry counts only when somebody signed it. */
export function requireRetries(all: readonly Verified[], { policy, people }: Keyring, { order, step }: GateQuestion): void {
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
export function requireSteering(all: readonly Verified[], { policy, people }: Keyring, { order, step }: GateQuestion): void {
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
