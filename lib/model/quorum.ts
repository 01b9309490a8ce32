import type { Digest, Id } from './json.js';
import type { GatePolicy, LaunchPolicy, Person, Policy } from './policy.js';

/** A decision whose signature and signer were verified. */
export interface CountedDecision {
  readonly person: Id<'person'>;
  readonly verb: 'approve' | 'deny';
  readonly statement: Digest<'statement'>;
}

export interface Tally {
  readonly state: 'open' | 'approved' | 'denied';
  readonly approvals: readonly CountedDecision[];
  readonly denials: readonly CountedDecision[];
  /** How many more distinct people must approve. */
  readonly missing: number;
}

/**
 * Counts a round. Distinct people count, not keys or statements; a person's first decision stands; one denial by somebody
 * who may decide closes the round. Shared by the workflow and the executor, so that they can never disagree on the rule.
 */
export function tally(
  policy: GatePolicy,
  people: readonly Person[],
  requester: Id<'person'>,
  decisions: readonly CountedDecision[],
): Tally {
  const first = new Map<string, CountedDecision>();
  for (const decision of decisions)
    if (!first.has(decision.person) && mayDecide(policy, people, requester, decision.person)) first.set(decision.person, decision);
  const counted = [...first.values()];
  const approvals = counted.filter((decision) => decision.verb === 'approve');
  const denials = counted.filter((decision) => decision.verb === 'deny');
  const missing = Math.max(0, policy.quorum - approvals.length);
  const state = denials.length > 0 ? 'denied' : missing === 0 ? 'approved' : 'open';
  return { state, approvals, denials, missing };
}

/** Whether this person's decision counts at a gate of this policy. */
export function mayDecide(policy: GatePolicy, people: readonly Person[], requester: Id<'person'>, person: Id<'person'>): boolean {
  if (policy.requesterExcluded && person === requester) return false;
  return hasRole(people, person, policy.roles);
}

/** Whether this person may resolve parked targets or cancel: whoever may launch, or decide at any gate. */
export function maySteer(policy: Policy, people: readonly Person[], person: Id<'person'>): boolean {
  const roles = [policy.launch.roles, ...Object.values(policy.gates).map((gate) => gate.roles)].flat();
  return hasRole(people, person, roles);
}

/**
 * Whether this person may vouch for a new key of a target: whoever may decide at a gate. Secrets will go to that key, so, where a gate excludes
 * the requester, the requester does not vouch alone either; without any gate nobody does.
 */
export function mayTrust(policy: Policy, people: readonly Person[], requester: Id<'person'>, person: Id<'person'>): boolean {
  return Object.values(policy.gates).some((gate) => mayDecide(gate, people, requester, person));
}

/** Whether this person may lift isolation and freeze: on the same terms as vouching for a key, since it opens the segment to whoever waits outside. */
export function mayRelease(policy: Policy, people: readonly Person[], requester: Id<'person'>, person: Id<'person'>): boolean {
  return mayTrust(policy, people, requester, person);
}

/**
 * Whether this person's word counts that something was done by hand: whoever may steer; the requester where neither the gate of the operation excludes
 * the requester nor, for what is taken back, a release would. What the launch alone carries waits for nobody, and probes prove it afterwards.
 */
export function mayComplete(
  { policy, people }: { readonly policy: Policy; readonly people: readonly Person[] },
  requester: Id<'person'>,
  person: Id<'person'>,
  { gate, isUndo }: { readonly gate: Id<'gate'>; readonly isUndo: boolean },
): boolean {
  if (!maySteer(policy, people, person)) return false;
  if (person !== requester) return true;
  return isUndo ? mayRelease(policy, people, requester, person) : policy.gates[gate]?.requesterExcluded !== true;
}

export function mayLaunch(policy: Policy, people: readonly Person[], person: Id<'person'>): boolean {
  return hasRole(people, person, policy.launch.roles);
}

/** Gate 0: the co-signers of a large launch, as a gate policy. */
export function launchGate(launch: LaunchPolicy): GatePolicy {
  return {
    roles: launch.roles,
    quorum: launch.cosigners,
    requesterExcluded: true,
    decisionExpiresAfter: 60,
    executionExpiresAfter: 24 * 60,
  };
}

function hasRole(people: readonly Person[], person: Id<'person'>, roles: readonly Id<'role'>[]): boolean {
  return people.some((candidate) => candidate.id === person && candidate.roles.some((role) => roles.includes(role)));
}
