import { id, time, type Id } from '../lib/model/json.js';
import type { Case, GateRef, Opened } from '../lib/model/work.js';
import { recordCase } from './case.js';
import type { Gates } from './gates.js';
import type { Notices } from './notices.js';
import { zoneActivities } from './proxies.js';

interface Facts {
  readonly opened: Opened;
  readonly known: Case;
  readonly gates: Gates;
  readonly notices: Notices;
}

/** The formal notice of a freeze: signed, part of the case, and sent. */
export async function giveFreezeNotice(
  { opened, known, gates, notices }: Facts,
  gate: GateRef,
  targets: readonly Id<'target'>[],
): Promise<void> {
  const { requester } = opened;
  const round = gates.views.find((view) => view.gate === gate.gate && view.round === gate.round);
  const by = [...new Set([requester, ...(round?.approvals.map(({ person }) => person) ?? [])])];
  try {
    const facts = { case: known, targets, by, requester, since: time(Date.now()) };
    const { extract } = await zoneActivities(known.home).steady.freezeNotice(facts);
    notices.tell('freeze-notice', { step: id('freeze'), targets: targets.length, document: extract });
  } catch {
    // The freeze stands without it; that nobody was told is on record.
    await recordCase(known, 'notice.failed', { step: 'freeze', targets: targets.length });
  }
}
