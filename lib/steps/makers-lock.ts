import { OPERATIONS_PER_TARGET } from '../model/plan.js';
import { at } from '../redfish/json.js';
import { vendorOf } from '../redfish/vendors/vendors.js';
import { canonical } from '../trust/canonical.js';
import { isSessionUri } from './accounts.js';
import { lookAround, type Ground } from './freeze/ground.js';
import { change, pathOf } from './freeze/setting.js';
import type { Numberless, Proposal, SectionProposal, Survey } from './planning.js';
import type { Reading } from './reader.js';

/** A maker's lock that is set: how it is lifted for one section, and set again. */
export interface Lock {
  readonly lift: Numberless;
  readonly relock: Numberless;
}

/** Under a maker's lock nothing can be changed: it is lifted within the section, which locks again whatever happens. */
export async function unlocked(survey: Survey, ground: Ground, section: SectionProposal): Promise<SectionProposal> {
  return within(await lockOf(survey, ground), section);
}

/** The same for each change of a proposal. */
export async function eachUnlocked(survey: Survey, root: Reading, proposal: Proposal): Promise<Proposal> {
  if (vendorOf(root.json).lockdown === null || proposal.operations.length === 0) return proposal;
  const lock = await lockOf(survey, await lookAround(survey));
  return lock === null ? proposal : eachWithin(lock, proposal);
}

/**
 * Each change is put into a section of its own, between lifting the lock and setting it again: none waits for another, and no two are left open by
 * one that fails. Sessions are ended under the lock. Where a plan has no room for that, since somebody left ever so many things to take out, a section
 * holds several.
 */
export function eachWithin(lock: Lock, proposal: Proposal): Proposal {
  const { operations, sections = [] } = proposal;
  const most = together(proposal);
  const groups: [Numberless, ...Numberless[]][] = [];
  let isOpen = false;
  for (const operation of operations) {
    const group = groups.at(-1);
    const ends = endsSessions(operation);
    if (isOpen && !ends && group !== undefined && group.length < most) group.push(operation);
    else groups.push([operation]);
    isOpen = !ends;
  }
  const apart = groups.map((group): SectionProposal => within(endsSessions(group[0]) ? null : lock, { operations: group, always: [] }));
  return { ...proposal, operations: [], sections: [...apart, ...sections] };
}

/** How many changes share a section, so that all of them go through one gate; one, where there is room. The end of sessions may part one group in two. */
function together({ first = [], operations, sections = [], last = [] }: Proposal): number {
  const changes = operations.filter((one) => !endsSessions(one)).length;
  const others = [...first, ...sections].reduce((sum, section) => sum + section.operations.length + section.always.length, last.length);
  const pairs = Math.floor((OPERATIONS_PER_TARGET - others - operations.length) / 2);
  return changes <= pairs ? 1 : Math.ceil(changes / Math.max(1, pairs - 1));
}

function endsSessions({ send }: Numberless): boolean {
  return send.kind === 'redfish-each' || (send.kind === 'redfish' && send.method === 'DELETE' && isSessionUri(send.uri));
}

/** A section between lifting the lock and setting it again; as it is where there is none. */
export function within(lock: Lock | null, { operations, always }: SectionProposal): SectionProposal {
  return lock === null ? { operations, always } : { operations: [lock.lift, ...operations], always: [...always, lock.relock] };
}

/** The maker's lock where it is set now; null where it is not, or there is none. */
export async function lockOf({ reader }: Survey, { vendor, known }: Ground): Promise<Lock | null> {
  const { lockdown: lock } = vendor;
  if (lock === null) return null;
  const path = pathOf(lock.property);
  for (const uri of known(lock.uri)) {
    const place = await reader.get(uri);
    const now = place.status === 200 ? at(place.json ?? undefined, ...path) : undefined;
    if (now === undefined || canonical(now) !== canonical(lock.locked)) continue;
    const lift = change(place, path, lock.unlocked, '');
    const { undo } = lift;
    if (undo === null) continue;
    const line = `lift the lock for this section, which sets it again whatever happens: ${lock.property} at ${uri}`;
    const relock = { ...lift, send: undo.send, before: [], after: undo.after, line: `lock again: ${lock.property} at ${uri}`, undo: null };
    return { lift: { ...lift, line, undo: null }, relock };
  }
  return null;
}
