import { placeOf } from '../../model/closing.js';
import type { Json } from '../../model/json.js';
import type { AccessRule, Condition, Send } from '../../model/operation.js';
import type { Plan } from '../../model/plan.js';
import { plain } from '../../model/text.js';
import { valueAtPointer } from '../../redfish/json.js';
import { canonical } from '../../trust/canonical.js';
import { readRules, sameRules } from '../access-rules.js';
import { isGone } from '../collection.js';
import { StepError } from '../error.js';
import type { Reader, Reading } from '../reader.js';

/** Something that is no longer as a freeze left it. */
export interface Drift {
  readonly uri: string;
  /** JSON Pointer; empty for the resource as a whole. */
  readonly pointer: string;
  /** Null: it, or the whole resource, was to be gone. */
  readonly expected: Json;
  /** Null: it is gone. Bounded: the BMC wrote it. */
  readonly found: Json;
}

/**
 * Holds what a carried-out freeze plan says must hold against the BMC as it is now, by reads only. For whoever watches: nothing here tells a freeze
 * that was lifted or never carried out from one that somebody undid. `lifted`: places that may differ at this moment. Throws UNREADABLE where the BMC's
 * answer says neither.
 */
export async function freezeDrift(reader: Reader, plan: Pick<Plan, 'sections'>, lifted: readonly string[]): Promise<readonly Drift[]> {
  const readings = new Map<string, Reading>();
  const drifts: Drift[] = [];
  for (const condition of conditionsOf(plan)) {
    if ('pointer' in condition && lifted.includes(placeOf(condition))) continue;
    const { uri } = condition;
    const reading = readings.get(uri) ?? (await reader.get(uri));
    readings.set(uri, reading);
    const drift = driftOf(condition, reading);
    if (drift !== null) drifts.push(drift);
  }
  for (const { collection, to } of listsOf(plan)) {
    const found = (await readRules(reader, collection)).map(({ rule }) => rule);
    if (!sameRules(found, to)) drifts.push({ uri: collection, pointer: '/Members', expected: textOf(to), found: bounded(textOf(found)) });
  }
  return drifts;
}

/** Of two operations on one access list the later one counts. */
function listsOf({ sections }: Pick<Plan, 'sections'>): readonly (Send & { kind: 'access-rules' })[] {
  const sends = sections.flatMap(({ operations }) => operations.flatMap(({ send }) => (send.kind === 'access-rules' ? send : [])));
  return [...new Map(sends.map((send) => [send.collection, send])).values()];
}

function textOf(rules: readonly AccessRule[]): string {
  return rules.map(({ policy, address, prefix }) => `${policy} ${address}/${String(prefix)}`).join(', ');
}

/** Of two operations on one thing the later one counts. */
function conditionsOf({ sections }: Pick<Plan, 'sections'>): readonly Condition[] {
  const last = new Map<string, Condition>();
  for (const { operations, always } of sections)
    for (const { after } of [...operations, ...always])
      for (const condition of after) last.set(`${condition.uri} ${'pointer' in condition ? condition.pointer : ''}`, condition);
  return [...last.values()];
}

function driftOf(condition: Condition, { uri, status, json }: Reading): Drift | null {
  const pointer = 'pointer' in condition ? condition.pointer : '';
  const expected = 'equals' in condition ? condition.equals : null;
  if (isGone(status)) return 'absent' in condition ? null : { uri, pointer, expected, found: null };
  if (status !== 200 || json === null)
    throw new StepError('UNREADABLE', `${uri} answers ${String(status)}, which shows neither that the freeze holds nor that it does not`);
  if ('absent' in condition) return { uri, pointer, expected, found: 'there again' };
  const found = valueAtPointer(json, pointer) ?? null;
  return canonical(found) === canonical(expected) ? null : { uri, pointer, expected, found: bounded(found) };
}

function bounded(value: Json): Json {
  return typeof value === 'boolean' || typeof value === 'number' || value === null
    ? value
    : plain(typeof value === 'string' ? value : JSON.stringify(value), 120);
}
