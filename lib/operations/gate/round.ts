import { time, type Id } from '../../model/json.js';
import { launchGate, tally } from '../../model/quorum.js';
import type { Decision } from '../../model/statement.js';
import { canonical } from '../../trust/canonical.js';
import { readIndex, readPage } from '../../trust/read-plan.js';
import type { Keyring } from '../../trust/statement.js';
import { Closed, type GateDeps, type GateQuestion } from './question.js';
import { decisionsOf, LAUNCH, type Verified } from './said.js';

/** The round is known here, its index is the one that was decided on, enough people approved it, nobody denied it, and its time is not over. */
export async function requireRound(
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
export async function requireNewest(deps: GateDeps, { order, gate, step }: GateQuestion): Promise<void> {
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
