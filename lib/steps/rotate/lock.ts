import { at } from '../../redfish/json.js';
import { canonical } from '../../trust/canonical.js';
import type { Ground } from '../freeze/ground.js';
import { change, pathOf } from '../freeze/setting.js';
import type { Numberless, SectionProposal, Survey } from '../planning.js';

/** Under a maker's lock nothing can be changed: it is lifted within the section, which locks again whatever happens. */
export async function unlocked(survey: Survey, ground: Ground, { operations, always }: SectionProposal): Promise<SectionProposal> {
  const lock = await unlocking(survey, ground);
  return lock === null ? { operations, always } : { operations: [lock.lift, ...operations], always: [...always, lock.relock] };
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
