import pLimit from 'p-limit';
import { closingOf } from '../../lib/model/closing.js';
import { EFFECTS, IMPACTS, type EvidenceClass } from '../../lib/model/effect.js';
import type { GateView } from '../../lib/model/incident.js';
import type { Id } from '../../lib/model/json.js';
import { operationsOf, type Counts, type IndexPage, type IndexRow, type Plan, type PlanIndex } from '../../lib/model/plan.js';
import { canonical } from '../../lib/trust/canonical.js';
import { readIndex, readPage, readPlan } from '../../lib/trust/read-plan.js';
import type { Desk, Opened } from '../desk.js';
import { targetsIn } from './added.js';
import { fetchObject, forged } from './objects.js';

/** One target's plan, found under the gate's root. */
export interface CheckedPlan {
  readonly zone: Id<'zone'>;
  readonly target: Id<'target'>;
  readonly row: IndexRow;
  readonly plan: Plan;
}

/** What a gate is about, computed here from bytes whose digests lead up to its root. */
export interface CheckedGate {
  readonly root: GateView['root'];
  readonly counts: Counts;
  readonly plans: readonly CheckedPlan[];
}

/** How many objects are read at a time: a zone's worker has more to do than to answer us. */
const AT_ONCE = 8;

/**
 * Reads index, pages and plans and recomputes every digest up to the root that the incident names. Throws FORGED_PLAN for whatever does
 * not fit together: other bytes, another step, gate or round, a target that the launch does not name, counts that are not those of the plans.
 */
export async function checkGate(desk: Desk, opened: Opened, gate: GateView): Promise<CheckedGate> {
  const { incident, zones: placed } = opened.input;
  const zones = placed.map(({ zone }) => zone);
  const { value: index } = await fetchObject(desk, { zones, incident }, gate.root, readIndex);
  requireSameGate(index, gate);
  const limit = pLimit(AT_ONCE);
  const pages = await Promise.all(index.pages.map((page) => limit(() => fetchObject(desk, { zones, incident }, page, readPage))));
  const rows = pages.flatMap(({ value: page }) => page.rows.map((row) => ({ zone: page.zone, target: targetOf(row, page, opened), row })));
  if (new Set(rows.map(({ target }) => target)).size !== rows.length) throw forged('a target stands in the index twice');
  const plans = await Promise.all(
    rows.map(({ zone, target, row }) =>
      limit(async () => {
        const { value: plan } = await fetchObject(desk, { zones: [zone], incident }, row.plan, readPlan);
        requireFits(plan, row, index);
        return { zone, target, row, plan };
      }),
    ),
  );
  requireCounts(index.counts, plans);
  return { root: gate.root, counts: index.counts, plans: plans.sort((a, b) => (a.target < b.target ? -1 : 1)) };
}

function requireSameGate(index: PlanIndex, gate: GateView): void {
  if (index.step !== gate.step || index.gate !== gate.gate || index.round !== gate.round)
    throw forged(`the root is of gate ${index.gate}, step ${index.step}, round ${String(index.round)}`);
}

/** A page speaks only for its own zone, and only about targets that the signed launch, or a signed statement under it, names there. */
export function targetOf(row: IndexRow, page: IndexPage, opened: Opened): Id<'target'> {
  const { subject } = row;
  if (subject.kind === 'bmc' && targetsIn(opened, page.zone).includes(subject.target)) return subject.target;
  throw forged(`a page of zone ${page.zone} plans for ${canonical(subject)}, which neither the launch nor a later statement names there`);
}

export function requireFits(plan: Plan, row: IndexRow, index: Pick<PlanIndex, 'step'>): void {
  const { step, subject, identity } = plan;
  const operations = operationsOf(plan);
  if (step !== index.step || canonical(subject) !== canonical(row.subject) || identity !== row.identity)
    throw forged(`plan ${row.plan} is of another step, target or device than its row`);
  if (operations.length !== row.operations) throw forged(`plan ${row.plan} holds another number of operations`);
  if (new Set(operations.map(({ n }) => n)).size !== operations.length) throw forged(`plan ${row.plan} numbers two operations alike`);
  if (canonical(row.closing ?? []) !== canonical(plan.sections.flatMap(closingOf)))
    throw forged(`plan ${row.plan} ends its sections otherwise than its row says`);
  const hidden = operations.flatMap(({ destroys }) => destroys).filter((one: EvidenceClass) => !row.destroys.includes(one));
  const graver = operations.some(({ impact }) => IMPACTS.indexOf(impact) > IMPACTS.indexOf(row.impact));
  if (hidden.length > 0 || graver) throw forged(`plan ${row.plan} destroys or disturbs more than its row says`);
}

/**
 * Impacts are counted from the operations. Effects are derived by the executor from what it sends, and it never exceeds the row's; so the
 * counts must be such that no more operations have a grave effect than the rows allow, and every row's own effect occurs.
 */
function requireCounts(counts: Counts, plans: readonly CheckedPlan[]): void {
  const operations = plans.flatMap(({ plan }) => operationsOf(plan));
  const impacts = IMPACTS.every((impact) => counts[impact] === operations.filter((operation) => operation.impact === impact).length);
  const total = EFFECTS.reduce((sum, effect) => sum + counts[effect], 0);
  const acting = plans.filter(({ row }) => row.operations > 0);
  const bounded = EFFECTS.every((_, grade) => {
    const graveRows = acting.filter(({ row }) => EFFECTS.indexOf(row.effect) >= grade);
    const counted = EFFECTS.slice(grade).reduce((sum, effect) => sum + counts[effect], 0);
    return counted >= graveRows.length && counted <= graveRows.reduce((sum, { row }) => sum + row.operations, 0);
  });
  if (!impacts || total !== operations.length || !bounded) throw forged('the counts of the index are not those of its plans');
}
