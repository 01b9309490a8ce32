import type { Json } from '../../model/json.js';
import { at } from '../../redfish/json.js';
import { canonical } from '../../trust/canonical.js';
import { finding, type Proposal, type Survey } from '../planning.js';
import type { Reading } from '../reader.js';
import type { Ground } from './ground.js';
import { change, pathOf, takes, type Path } from './setting.js';

/**
 * The maker's own lock, after everything else: from then on the BMC refuses changes by anybody, us included, until the undo lifts it. A later step
 * that changes something lifts, changes and locks again. A BMC without one is a finding and not a success.
 */
export async function lockdown(survey: Survey, { root, vendor, known }: Ground): Promise<Proposal> {
  const { lockdown: lock, title } = vendor;
  if (lock === null)
    return without(
      survey,
      root,
      `${title} has no single lock: accounts, services and doors are closed one by one, and nothing keeps them so`,
    );
  const path = pathOf(lock.property);
  for (const uri of known(lock.uri)) {
    const place = await survey.reader.get(uri);
    const now = place.status === 200 ? at(place.json ?? undefined, ...path) : undefined;
    if (now === undefined) continue;
    if (canonical(now) === canonical(lock.locked)) return kept(place, path, lock.locked);
    if (!takes(place, 'PATCH', true)) return without(survey, place, `${uri} takes no change: the lock cannot be set`);
    const what = `lock the configuration, last: the BMC then refuses changes, ours too, until this is undone`;
    return { findings: [], operations: [], sections: [{ operations: [change(place, path, lock.locked, what)], always: [] }] };
  }
  return without(survey, root, `this ${title} shows no ${lock.property}: its firmware or licence has no lock`);
}

/** It was locked before this plan: it must be at the end of it, the watch sees to it that it stays so, and nothing takes it back. */
function kept(place: Reading, path: Path, locked: Json): Proposal {
  const line = `see that the lock is set, last: ${path.join('/')} at ${place.uri}, as it was before this plan; undo leaves it so`;
  const keep = { ...change(place, path, locked, ''), line, before: [], undo: null };
  return { findings: [], operations: [], sections: [{ operations: [keep], always: [] }] };
}

function without(survey: Survey, shown: Reading, why: string): Proposal {
  const advice = `${why}; watch for drift, and keep the network closed`;
  return { operations: [], findings: [finding(survey, 'NO_LOCKDOWN', shown, advice)], unsupported: 'NO_LOCKDOWN' };
}
