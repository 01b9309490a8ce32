import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import type { Planned } from '../lib/model/incident.js';
import type { Digest, Id } from '../lib/model/json.js';
import type { IndexRow } from '../lib/model/plan.js';
import type { Choice, TargetState } from '../lib/model/verdict.js';
import type { ShardInput } from '../lib/model/work.js';
import { zoneActivities } from './proxies.js';

/** What one target came to: its state, and for a plan sweep the row that its plan adds to the index. */
export interface TargetEnd {
  readonly state: TargetState & { readonly at: 'settled' | 'parked' };
  readonly planned: Planned | null;
}

const OBSERVED: readonly Choice[] = ['retry', 'skip', 'abort'];
const CHANGED: readonly Choice[] = ['retry', 'replan', 'skip', 'abort'];

/** Everything that is done to one target in one sweep. Never throws: what goes wrong parks the target, and the others go on. */
export async function runTarget(
  input: ShardInput,
  target: Id<'target'>,
  row: IndexRow | null,
  onOperation: (operation: number) => void,
): Promise<TargetEnd> {
  const order = { case: input.case, target };
  const { reading, slices, quick } = zoneActivities(input.zone);
  try {
    switch (input.mode) {
      case 'triage':
        await reading.triageTarget(order);
        return settled();
      case 'capture':
        await slices.captureSlice(order);
        return settled();
      case 'plan':
        return { ...settled(), planned: await reading.planTarget({ ...order, step: input.step }) };
      case 'carry-out':
        return await carryOut(input, target, row, onOperation);
      case 'close':
        await quick.sealTarget({ ...order, final: true, atLeast: null });
        return settled();
    }
  } catch (error) {
    return parkedBy(error, input.mode === 'carry-out' ? CHANGED : OBSERVED);
  }
}

async function carryOut(
  input: ShardInput,
  target: Id<'target'>,
  row: IndexRow | null,
  onOperation: (operation: number) => void,
): Promise<TargetEnd> {
  if (row === null || input.gate === null)
    return parked('PLAN_MISSING', 'no plan of this target lies under the approved root', null, CHANGED);
  const { acting, quick } = zoneActivities(input.zone);
  const retry = input.retries[target] ?? 0;
  let end: TargetEnd = settled();
  let seen: { readonly seq: number; readonly head: Digest<'custody'> } | null = null;
  for (let operation = 1; operation <= row.operations; operation++) {
    onOperation(operation);
    const order = { incident: input.case.incident, subject: row.subject, plan: row.plan, operation, round: input.gate.round, retry };
    try {
      const outcome = await acting.attempt({ case: input.case, step: input.step, gate: input.gate, order });
      seen = { seq: outcome.seq, head: outcome.head };
      if ('code' in outcome) end = parked(outcome.code, `operation ${String(operation)} ended ${outcome.is}`, operation, CHANGED);
    } catch (error) {
      end = parkedBy(error, CHANGED, operation);
    }
    if (end.state.at === 'parked') break;
  }
  await quick.sealTarget({ case: input.case, target, final: false, atLeast: seen });
  return end;
}

function settled(): TargetEnd {
  return { state: { at: 'settled', verdict: { is: 'done', assurance: 'self-reported' } }, planned: null };
}

function parkedBy(error: unknown, offers: readonly Choice[], operation: number | null = null): TargetEnd {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  const code =
    cause instanceof ApplicationFailure && typeof cause.type === 'string' ? cause.type : cause instanceof Error ? cause.name : 'UNKNOWN';
  const why = cause instanceof Error ? cause.message.slice(0, 300) : 'no reason given';
  return parked(code, why, operation, offers);
}

function parked(code: string, why: string, operation: number | null, offers: readonly Choice[]): TargetEnd {
  return { state: { at: 'parked', code, why, operation, offers }, planned: null };
}
