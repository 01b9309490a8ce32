import type { Subject } from '../lib/model/operation.js';
import type { Plan } from '../lib/model/plan.js';
import type { Case, GateRef } from '../lib/model/work.js';
import { openIndexes } from '../lib/store/indexes.js';
import { canonical } from '../lib/trust/canonical.js';
import { readPage, readPlan } from '../lib/trust/read-plan.js';
import { final } from './failures.js';
import type { Zone } from './zone.js';

/** The plan of a subject under a round of a gate, as this zone stores it. */
export async function planUnder(zone: Zone, known: Case, gate: GateRef, subject: Subject): Promise<Plan> {
  const record = await openIndexes(zone.layout.incident(known.incident).indexes).get(gate.gate, gate.round);
  for (const page of record?.root === gate.root ? record.pages : []) {
    const { rows } = readPage(await zone.objects.get(page));
    const row = rows.find((candidate) => canonical(candidate.subject) === canonical(subject));
    if (row !== undefined) return readPlan(await zone.objects.get(row.plan));
  }
  throw final('PLAN_MISSING', `no plan of this subject lies under round ${String(gate.round)} of gate ${gate.gate}`);
}
