import { CLOCK_SKEW_MS } from '../../model/clock-skew.js';
import type { Digest, Id } from '../../model/json.js';
import { launches } from '../../model/occurrence.js';
import { launchGate, mayLaunch, tally } from '../../model/quorum.js';
import type { Launch } from '../../model/statement.js';
import { STEP_TABLE } from '../../model/steps.js';
import type { Keyring } from '../../trust/statement.js';
import { addedTargets } from '../added.js';
import { Closed, type GateQuestion } from './question.js';
import { decisionsOf, type Verified } from './said.js';

/** The launch that this zone stores is by somebody who may launch, and about this incident, policy, step table and zone. */
export function requireLaunch(
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
export function requireNamed(
  later: readonly Verified[],
  keyring: Keyring,
  { launch }: { launch: Launch },
  { order: { subject } }: GateQuestion,
): void {
  if (subject.kind !== 'bmc' || launch.targets.includes(subject.target)) return;
  if (!addedTargets(later, keyring, launch).includes(subject.target))
    throw new Closed('LAUNCH_INVALID', 'neither the launch nor a valid statement under it names this target');
}

/** Above a limit of targets others have to have signed the launch too. */
export function requireCosigners(
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
