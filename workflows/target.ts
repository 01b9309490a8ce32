import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import type { Planned } from '../lib/model/incident.js';
import { isDigest, type Digest, type Id } from '../lib/model/json.js';
import type { IndexRow } from '../lib/model/plan.js';
import { UNSUPPORTED_CODES, UNVERIFIABLE_CODES, type Choice, type UnsupportedCode, type Verdict } from '../lib/model/verdict.js';
import type { ShardInput, TargetInput } from '../lib/model/work.js';
import { closingAfter, isDone, withClosing, type TargetCame } from './closing.js';
import { zoneActivities } from './proxies.js';

/** What one target came to: its state, and for a plan sweep the row that its plan adds to the index. */
export interface TargetEnd extends TargetCame {
  readonly planned: Planned | null;
}

type ParkedEnd = TargetEnd & { readonly state: { readonly at: 'parked' } };

/** Room for two keys and the ways on; a hundred of them still travel in one piece. */
const WHY = 400;
const OBSERVED: readonly Choice[] = ['retry', 'skip', 'abort'];
/** Nothing else: lifting it otherwise needs another signed release. */
const RELEASED: readonly Choice[] = ['retry', 'skip'];
const DRIFTED: readonly Choice[] = ['replan', 'skip'];
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
      case 'plan': {
        const planned = await reading.planTarget({ ...order, step: input.step });
        // What can be done is done first, and then it is said what could not.
        const isAll = planned.unsupported === null || planned.row.operations > 0;
        return { ...(isAll ? settled() : settled(unsupported(planned.unsupported))), planned };
      }
      case 'watch':
        return await watchTarget(input, order);
      case 'carry-out':
      case 'release':
        return await carryOut(input, target, row, onOperation);
      case 'close':
        await quick.sealTarget({ ...order, final: true, atLeast: null });
        return settled();
    }
  } catch (error) {
    const code = UNSUPPORTED_CODES.find((known) => known === codeOf(error));
    // Nobody can mend it by trying again. What was begun with a plan is another matter: that waits for a person.
    if (code !== undefined && input.mode !== 'carry-out' && input.mode !== 'release') return settled(unsupported(code));
    return parkedBy(error, offersOf(input));
  }
}

/** A frozen target that is no longer as it was frozen waits for a person. */
async function watchTarget(input: ShardInput, order: TargetInput): Promise<TargetEnd> {
  if (input.gate === null) return settled();
  const drifted = await zoneActivities(input.zone).reading.checkFreeze({
    ...order,
    gate: input.gate,
    retry: input.retries[order.target] ?? 0,
  });
  const why = `${String(drifted)} things are no longer as they were frozen; they are findings of this target`;
  return drifted === 0 ? settled() : parked('FREEZE_DRIFT', why, null, DRIFTED);
}

async function carryOut(
  input: ShardInput,
  target: Id<'target'>,
  row: IndexRow | null,
  onOperation: (operation: number) => void,
): Promise<TargetEnd> {
  if (row === null || input.gate === null)
    return parked('PLAN_MISSING', 'no plan of this target lies under the approved root', null, offersOf(input));
  const { acting, quick } = zoneActivities(input.zone);
  const retry = input.retries[target] ?? 0;
  const { release } = input;
  let end: TargetEnd = settled();
  let seen: { readonly seq: number; readonly head: Digest<'custody'> } | null = null;
  const under = { incident: input.case.incident, subject: row.subject, plan: row.plan, round: input.gate.round, retry, release };
  const { gate } = input;
  const attempt = async (operation: number): Promise<TargetEnd> => {
    onOperation(operation);
    try {
      const outcome = await acting.attempt({ case: input.case, step: input.step, gate, order: { ...under, operation } });
      seen = { seq: outcome.seq, head: outcome.head };
      if ('code' in outcome) return endOf(outcome.code, `operation ${String(operation)} ended ${outcome.is}`, operation, offersOf(input));
    } catch (error) {
      return parkedBy(error, offersOf(input), operation);
    }
    return settled();
  };
  for (const operation of inOrder(row.operations, release !== null)) {
    end = await attempt(operation);
    if (isDone(end)) continue;
    for (const closing of closingAfter(row, operation, release !== null)) end = withClosing(end, closing, await attempt(closing));
    break;
  }
  await quick.sealTarget({ case: input.case, target, final: false, atLeast: seen });
  return end;
}

/** What is taken back is taken back in reverse. */
function inOrder(operations: number, backwards: boolean): readonly number[] {
  const forwards = Array.from({ length: operations }, (_, at) => at + 1);
  return backwards ? forwards.reverse() : forwards;
}

function offersOf({ mode }: ShardInput): readonly Choice[] {
  if (mode === 'release') return RELEASED;
  return mode === 'carry-out' ? CHANGED : OBSERVED;
}

/** What cannot be shown is no failure that a retry mends, and nothing that reads as done. */
function endOf(code: string, why: string, operation: number, offers: readonly Choice[]): TargetEnd {
  const unverifiable = UNVERIFIABLE_CODES.find((known) => known === code);
  if (unverifiable !== undefined) return settled({ is: 'unverifiable', code: unverifiable, operation });
  return parked(code, why, operation, offers);
}

function settled(verdict: Verdict = { is: 'done', assurance: 'self-reported' }): TargetEnd {
  return { state: { at: 'settled', verdict }, planned: null };
}

function unsupported(code: UnsupportedCode): Verdict {
  return { is: 'unsupported', code, operation: null };
}

function parkedBy(error: unknown, offers: readonly Choice[], operation: number | null = null): TargetEnd {
  const cause = causeOf(error);
  const why = cause instanceof Error ? cause.message.slice(0, WHY) : 'no reason given';
  const end = parked(codeOf(error), why, operation, offers);
  const order = cause instanceof ApplicationFailure ? cause.details?.[0] : undefined;
  return isDigest<'claim'>(order) ? { ...end, state: { ...end.state, order } } : end;
}

function codeOf(error: unknown): string {
  const cause = causeOf(error);
  if (cause instanceof ApplicationFailure && typeof cause.type === 'string') return cause.type;
  return cause instanceof Error ? cause.name : 'UNKNOWN';
}

function causeOf(error: unknown): unknown {
  return error instanceof ActivityFailure ? error.cause : error;
}

function parked(code: string, why: string, operation: number | null, offers: readonly Choice[]): ParkedEnd {
  return { state: { at: 'parked', code, why, operation, offers }, planned: null };
}
