import { OPERATIONS_PER_TARGET } from '../model/plan.js';
import { narrowAccess } from './freeze/access-list.js';
import { freezeAccounts } from './freeze/accounts.js';
import { cutDependencies } from './freeze/dependencies.js';
import { closeDoors } from './freeze/doors.js';
import { lookAround } from './freeze/ground.js';
import { makeOwnAccount } from './freeze/own-account.js';
import { lockdown } from './freeze/lockdown.js';
import { cancelPending } from './freeze/pending.js';
import { closeServices } from './freeze/services.js';
import { underLock } from './freeze/under-lock.js';
import { stopUpdates } from './freeze/updates.js';
import { finding, joined, type OwnSecret, type Proposal, type SectionProposal, type Survey } from './planning.js';
import type { Reading } from './reader.js';
import { lockOf } from './makers-lock.js';

/**
 * Stops every other hand on a BMC, and what waits to happen there, after the incident has an account of its own: pending work, accounts and sessions that nobody needs now, services, doors for
 * the host, updates, and at last the maker's own lock, which refuses our changes as well until it is lifted. Where it is set already it is lifted for each change. Each operation can be taken back to
 * exactly what was read here, but for cancelled work and ended sessions. What stays open is a finding: a freeze that is believed and not true is
 * worse than none.
 */
export async function freeze(survey: Survey, _kept: unknown, secret: OwnSecret): Promise<Proposal> {
  const ground = await lookAround(survey);
  const proposals = [
    await makeOwnAccount(survey, ground, secret),
    await cancelPending(survey, ground),
    await freezeAccounts(survey, ground),
    await closeServices(survey, ground),
    await closeDoors(survey, ground),
    await stopUpdates(survey, ground),
    await narrowAccess(survey, ground),
    await lockdown(survey, ground),
    await cutDependencies(survey, ground),
  ];
  const lock = await lockOf(survey, ground);
  const proposal = joined(proposals);
  return lock === null ? bounded(survey, ground.root, proposal, 0) : underLock(lock, bounded(survey, ground.root, proposal, LIFTS));
}

/** Of a BMC that is locked already: to lift the lock and set it again for the own account, an access list, and the rest before and after sessions are ended. */
const LIFTS = 8;

/** What is too much for one plan is left for the next one, the lock with it: under the lock the rest could not be done. */
function bounded(survey: Survey, root: Reading, proposal: Proposal, lifts: number): Proposal {
  const { findings, operations, first = [], sections = [], last = [] } = proposal;
  const most = OPERATIONS_PER_TARGET - count(first) - last.length - lifts;
  const all = operations.length + count(sections);
  if (all <= most) return proposal;
  const left = all - Math.min(operations.length, most);
  const lock = lifts === 0 ? ', the lock among them' : '';
  const advice = `${String(left)} operations are left out of this plan${lock}; carry it out, then plan again`;
  return {
    ...proposal,
    findings: [...findings, finding(survey, 'FREEZE_INCOMPLETE', root, advice)],
    operations: operations.slice(0, most),
    sections: [],
  };
}

function count(sections: readonly SectionProposal[]): number {
  return sections.reduce((sum, { operations, always }) => sum + operations.length + always.length, 0);
}
