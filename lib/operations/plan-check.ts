import { EFFECTS, IMPACTS, type Effect } from '../model/effect.js';
import type { Operation, Order, Section, Send } from '../model/operation.js';
import { operationsOf, type IndexRow, type Plan } from '../model/plan.js';
import { stepRow } from '../model/steps.js';
import type { Indexes } from '../store/indexes.js';
import type { Objects } from '../store/objects.js';
import { secretPlaceIn, type SecretPlace } from '../model/secret-reference.js';
import { canonical } from '../trust/canonical.js';
import { readIndex, readPage, readPlan } from '../trust/read-plan.js';
import { destroysOf, effectOf } from './effect.js';
import { refuse } from './error.js';
import type { GateQuestion } from './gate/question.js';

/** Version of the operation kinds of this code; a plan that was made for another is not carried out by it. */
export const KIND_VERSION = 1;

export interface Planned {
  readonly plan: Plan;
  readonly operation: Operation;
  readonly section: Section;
  /** The operations before it in its section, by number. */
  readonly earlier: readonly number[];
  /** It ends its section whatever became of that: not one of its operations, of which none is before it. Null for those. */
  readonly closes: readonly number[] | null;
}

/** The ordered operation, from a plan whose bytes hash to the order's digest. Refuses what this version cannot carry out. */
export async function loadOperation(objects: Objects, order: Order): Promise<Planned> {
  const plan = parsed(readPlan, await objects.get(order.plan));
  if (canonical(plan.subject) !== canonical(order.subject)) refuse('PLAN_NOT_APPROVED', 'the plan is of another subject than the order');
  const sections = plan.sections.filter((one) => operationsOf({ sections: [one] }).some(({ n }) => n === order.operation));
  const [section] = sections;
  const operation = section === undefined ? undefined : operationsOf({ sections: [section] }).find(({ n }) => n === order.operation);
  if (section === undefined || operation === undefined || sections.length > 1)
    return refuse('PLAN_NOT_APPROVED', `the plan holds not just one operation ${String(order.operation)}`);
  requireProvable(operation);
  if (operation.version !== KIND_VERSION)
    refuse(
      'UNSUPPORTED_KIND',
      `the plan is for version ${String(operation.version)} of its operations, this worker has ${String(KIND_VERSION)}; plan again`,
    );
  const numbers = section.operations.map(({ n }) => n);
  const closes = section.always.includes(operation);
  return { plan, operation, section, earlier: closes ? [] : numbers.filter((n) => n < order.operation), closes: closes ? numbers : null };
}

/** How it will be seen to be done: a rule and a file say so themselves, an act needs a witness that is built, all else a postcondition. */
function requireProvable({ send, proof, after, undo }: Operation): void {
  if (proof.by === 'act') {
    const isBuilt =
      (proof.witness === 'statement' && send.kind === 'manual') ||
      ((proof.witness === 'task' || proof.witness === 'log-entry') && send.kind === 'redfish' && send.method === 'POST') ||
      (proof.witness === 'handshake' && send.kind === 'certificate') ||
      (proof.witness === 'login' && (isSeenByLogin(send) || isTakenBack(send, after, undo)));
    if (!isBuilt) refuse('UNSUPPORTED_KIND', `operations of kind ${send.kind} that a ${proof.witness} must prove are not built yet`);
  } else if (send.kind === 'certificate') refuse('UNSUPPORTED_KIND', 'what a certificate does is shown by a handshake and by nothing else');
  else if (send.kind === 'access-rules')
    refuse('UNSUPPORTED_KIND', 'that a new access list lets us in is shown by a login and by nothing else');
  else if (isSeenByLogin(send)) refuse('UNSUPPORTED_KIND', 'what a new secret does is shown by a login and by nothing else');
  // A secret that its setting shows is compared with the pending one: a plan could not say what it must be.
  else if (send.kind === 'redfish' && after.length === 0 && placeIn(send) === null)
    refuse('UNSUPPORTED_KIND', 'an operation without a postcondition could never be seen to be done');
  if (undo?.send.kind === 'redfish' && undo.after.length === 0)
    refuse('UNSUPPORTED_KIND', 'an undo without a postcondition could never be seen to be done');
}

/** Nothing else shows whether a BMC takes a secret. */
function isSeenByLogin(send: Send): boolean {
  if (send.kind === 'account') return send.act === 'make';
  return send.kind === 'refusal' || send.kind === 'ipmi' || placeIn(send) === 'password';
}

function placeIn(send: Send): SecretPlace | null {
  return send.kind === 'redfish' ? (secretPlaceIn(send.body)?.place ?? null) : null;
}

/** A change of who may reach the BMC can be taken back by the same kind of request, or it is not begun. */
function isTakenBack(send: Send, after: Operation['after'], undo: Operation['undo']): boolean {
  if (send.kind === 'access-rules') return undo?.send.kind === 'access-rules';
  return (
    send.kind === 'redfish' && send.method === 'PATCH' && after.length > 0 && undo?.send.kind === 'redfish' && undo.send.method === 'PATCH'
  );
}

/** Returns the derived effect when the approved root holds this very plan, and the row that was signed covers what it does. */
export async function requireApproved(
  objects: Objects,
  indexes: Indexes,
  { plan, operation }: Planned,
  question: GateQuestion,
): Promise<Effect> {
  const { gate, step, order } = question;
  const row = await rowUnder(objects, indexes, question);
  if (row?.identity !== plan.identity || plan.step !== step || row.operations !== operationsOf(plan).length)
    refuse('PLAN_NOT_APPROVED', `the root of gate ${gate.gate}, round ${String(gate.round)}, does not hold the plan ${order.plan}`);
  // What a release takes back is what the plan says beside each operation, and was signed with it.
  if (order.release !== null) return effectOfUndo(operation);
  const effect = effectOf(operation.send);
  const allowed = stepRow(step)?.effect ?? 'observe';
  const byLaunch = gate.gate === 'launch' && isGraver(EFFECTS, effect, 'contain');
  if (byLaunch || isGraver(EFFECTS, effect, row.effect) || isGraver(EFFECTS, effect, allowed))
    refuse('EFFECT_TOO_GRAVE', `what would be sent has the effect ${effect}; signed was ${row.effect}, and step ${step} may ${allowed}`);
  const hidden = destroysOf(operation.send).filter((one) => !row.destroys.includes(one));
  if (hidden.length > 0 || isGraver(IMPACTS, operation.impact, row.impact))
    refuse(
      'EFFECT_TOO_GRAVE',
      `the row that was signed does not say that this destroys ${hidden.join(', ')} or has impact ${operation.impact}`,
    );
  return effect;
}

/** Under the launch nobody but the planner has read the undo: whatever it says, it destroys nothing. */
function effectOfUndo({ n, send, undo }: Operation): Effect {
  const effect = effectOf(undo?.send ?? send);
  if (undo !== null && isGraver(EFFECTS, effect, 'change'))
    refuse('EFFECT_TOO_GRAVE', `the undo of operation ${String(n)} has the effect ${effect}; a release takes back and destroys nothing`);
  return effect;
}

async function rowUnder(objects: Objects, indexes: Indexes, { gate, order }: GateQuestion): Promise<IndexRow | undefined> {
  const index = parsed(readIndex, await objects.get(gate.root));
  const record = await indexes.get(gate.gate, gate.round);
  const subject = canonical(order.subject);
  for (const page of record?.pages ?? []) {
    // The record says which pages lie in this zone; only the signed index says which pages count.
    if (!index.pages.includes(page)) continue;
    const { rows } = parsed(readPage, await objects.get(page));
    const row = rows.find((candidate) => candidate.plan === order.plan && canonical(candidate.subject) === subject);
    if (row !== undefined) return row;
  }
  return undefined;
}

function isGraver<T>(order: readonly T[], one: T, than: T): boolean {
  return order.indexOf(one) > order.indexOf(than);
}

function parsed<T>(read: (value: unknown) => T, value: unknown): T {
  try {
    return read(value);
  } catch (error) {
    return refuse('PLAN_NOT_APPROVED', `a stored plan, page or index has a shape that this version does not know: ${String(error)}`);
  }
}
