import type { Subject } from '../lib/model/operation.js';
import type { Plan } from '../lib/model/plan.js';
import type { Digest, Id } from '../lib/model/json.js';
import type { Case, GateRef } from '../lib/model/work.js';
import { openIndexes, type IndexRecord } from '../lib/store/indexes.js';
import { canonical } from '../lib/trust/canonical.js';
import { readPage, readPlan } from '../lib/trust/read-plan.js';
import { final } from './failures.js';
import type { Zone } from './zone.js';

/** The plan of a subject under a round of a gate, as this zone stores it. */
export async function planUnder(zone: Zone, known: Case, gate: GateRef, subject: Subject): Promise<Plan> {
  const record = await openIndexes(zone.layout.incident(known.incident).indexes).get(gate.gate, gate.round);
  const found = record?.root === gate.root ? await planIn(zone, record, subject) : null;
  if (found === null) throw final('PLAN_MISSING', `no plan of this subject lies under round ${String(gate.round)} of gate ${gate.gate}`);
  return found.plan;
}

export interface PlanOfRound {
  readonly round: number;
  readonly digest: Digest<'plan'>;
  readonly plan: Plan;
}

/** The plans that one step made of a subject under the rounds of a gate up to this one, oldest first; approved or not. */
export async function plansUpTo(
  zone: Zone,
  known: Case,
  gate: GateRef,
  of: { subject: Subject; step: Id<'step'> },
): Promise<readonly PlanOfRound[]> {
  const indexes = openIndexes(zone.layout.incident(known.incident).indexes);
  const plans: PlanOfRound[] = [];
  for (const round of await indexes.rounds(gate.gate)) {
    const record = round <= gate.round ? await indexes.get(gate.gate, round) : null;
    const found = record === null ? null : await planIn(zone, record, of.subject);
    if (found?.plan.step === of.step) plans.push({ round, ...found });
  }
  return plans;
}

async function planIn(zone: Zone, { pages }: IndexRecord, subject: Subject): Promise<Omit<PlanOfRound, 'round'> | null> {
  for (const page of pages) {
    const { rows } = readPage(await zone.objects.get(page));
    const row = rows.find((candidate) => canonical(candidate.subject) === canonical(subject));
    if (row !== undefined) return { digest: row.plan, plan: readPlan(await zone.objects.get(row.plan)) };
  }
  return null;
}
