import { liftIn } from '../model/closing.js';
import { time, type Time } from '../model/json.js';
import type { Order, Section } from '../model/operation.js';
import { operationsOf } from '../model/plan.js';
import type { Claims } from '../store/claims.js';
import { wasBegun } from './begun.js';
import type { Planned } from './plan-check.js';

/**
 * Of a section that lifts a lock, a release lifts it as well and sets it again, whichever of the two found nothing to do when it was carried out: as
 * soon as there is anything of the section to take back.
 */
export async function isLiftOfBegun(claims: Claims, order: Order, { section, operation }: Planned): Promise<boolean> {
  const { lifts, sets } = liftIn(section);
  if (![...lifts, ...sets].includes(operation.n)) return false;
  for (const { n } of operationsOf({ sections: [section] })) if (await wasBegun(claims, { ...order, operation: n })) return true;
  return false;
}

/** Whether this release has lifted the lock that the operation, taken back, sets again. That is due then, whatever has closed since. */
export async function isLiftedByRelease(claims: Claims, order: Order, { section, operation }: Planned): Promise<boolean> {
  const { lifts, sets } = liftIn(section);
  if (!lifts.includes(operation.n)) return false;
  for (const n of sets) {
    const lifting = { ...order, operation: n };
    if ((await claims.find(lifting, null)) !== null || (await claims.outcome(lifting)) !== null) return true;
  }
  return false;
}

/** When a lift of this section is over, however slow the BMC: what is lifted after that was left so. */
export function endOfLift(section: Section, now: number): Time {
  const operations = operationsOf({ sections: [section] });
  return time(now + operations.reduce((sum, { limitMs }) => sum + limitMs + BETWEEN_MS, 0));
}

/** What may pass between two operations: waiting for the target, tries before the claim, and looks after the limit. */
const BETWEEN_MS = 3 * 60_000;
