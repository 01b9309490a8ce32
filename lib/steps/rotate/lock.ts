import { at } from '../../redfish/json.js';
import { vendorOf } from '../../redfish/vendors/vendors.js';
import { canonical } from '../../trust/canonical.js';
import { isSessionUri } from '../accounts.js';
import { lookAround, type Ground } from '../freeze/ground.js';
import { change, pathOf } from '../freeze/setting.js';
import type { Numberless, Proposal, SectionProposal, Survey } from '../planning.js';
import type { Reading } from '../reader.js';

/** Under a maker's lock nothing can be changed: it is lifted within the section, which locks again whatever happens. */
export async function unlocked(survey: Survey, ground: Ground, { operations, always }: SectionProposal): Promise<SectionProposal> {
  const lock = await unlocking(survey, ground);
  return lock === null ? { operations, always } : { operations: [lock.lift, ...operations], always: [...always, lock.relock] };
}

/**
 * The same with each change in a section of its own, between lifting the lock and setting it again: none waits for another, and no two are left open by
 * one that fails. Sessions are ended under the lock.
 */
export async function eachUnlocked(survey: Survey, root: Reading, proposal: Proposal): Promise<Proposal> {
  const { operations, sections = [] } = proposal;
  if (vendorOf(root.json).lockdown === null || operations.length === 0) return proposal;
  const ground = await lookAround(survey);
  const apart: SectionProposal[] = [];
  for (const operation of operations) {
    const alone: SectionProposal = { operations: [operation], always: [] };
    apart.push(endsSessions(operation) ? alone : await unlocked(survey, ground, alone));
  }
  return { ...proposal, operations: [], sections: [...apart, ...sections] };
}

function endsSessions({ send }: Numberless): boolean {
  return send.kind === 'redfish-each' || (send.kind === 'redfish' && send.method === 'DELETE' && isSessionUri(send.uri));
}

/** How a maker's lock that is set now is lifted for one section, and set again; null when none is set. A release does not undo either. */
async function unlocking(
  { reader }: Survey,
  { vendor, known }: Ground,
): Promise<{ readonly lift: Numberless; readonly relock: Numberless } | null> {
  const { lockdown: lock } = vendor;
  if (lock === null) return null;
  const path = pathOf(lock.property);
  for (const uri of known(lock.uri)) {
    const place = await reader.get(uri);
    const now = place.status === 200 ? at(place.json ?? undefined, ...path) : undefined;
    if (now === undefined || canonical(now) !== canonical(lock.locked)) continue;
    const lift = change(place, path, lock.unlocked, 'lift the lock for this section');
    const { undo } = lift;
    if (undo === null) continue;
    const relock = { ...lift, send: undo.send, before: [], after: undo.after, line: `lock again: ${lock.property} at ${uri}`, undo: null };
    return { lift: { ...lift, undo: null }, relock };
  }
  return null;
}
