import { canonical } from '../../trust/canonical.js';
import type { Numberless, Proposal, SectionProposal } from '../planning.js';
import { eachWithin, within, type Lock } from '../makers-lock.js';

/**
 * A freeze of a BMC that is locked already: the lock is lifted for each of its changes and set again. So does the release, section by section in
 * reverse: what sets the lock again is taken back by lifting it, and what lifts it by setting it.
 */
export function underLock(lock: Lock, proposal: Proposal): Proposal {
  const each = (section: SectionProposal): SectionProposal =>
    section.operations.some((one) => isRefused(lock, one)) ? within(lock, section) : section;
  const { first = [], sections = [] } = proposal;
  const apart = eachWithin(lock, { ...proposal, first: first.map(each), sections: sections.map(each) });
  const both = (some: readonly SectionProposal[] = []): readonly SectionProposal[] => some.map((section) => reversible(lock, section));
  return { ...apart, first: both(apart.first), sections: both(apart.sections) };
}

/** The lock refuses a change of the BMC, but for that of the lock; what is kept in the vault or by the zone alone is none. */
function isRefused({ relock }: Lock, { send }: Numberless): boolean {
  if (send.kind === 'redfish') return canonical(send) !== canonical(relock.send);
  return send.kind === 'access-rules' || (send.kind === 'account' && send.act === 'make');
}

/** Where there is nothing to take back the lock is left alone. */
function reversible({ lift, relock }: Lock, section: SectionProposal): SectionProposal {
  const {
    operations: [first, ...more],
    always,
  } = section;
  if (first !== lift || !more.some(({ undo }) => undo !== null)) return section;
  const lifting = { ...lift, undo: { send: relock.send, after: relock.after } };
  const locking = { ...relock, undo: { send: lift.send, after: lift.after } };
  return { operations: [lifting, ...more], always: always.map((one) => (one === relock ? locking : one)) };
}
