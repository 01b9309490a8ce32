import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Json } from '../../model/json.js';
import { IsolationError } from '../error.js';
import type { InForce } from '../enforcer.js';
import { readCarried, type Carried } from './carried.js';
import { merged, networkOf, type Range } from './networks.js';
import { ARMED, render } from './render.js';
import { PRIORITY, type Element, type Table } from './table.js';

/** What the kernel has under our name. */
export interface Listing extends InForce {
  /** Of this very table: one that was put in its place has another. */
  readonly handle: number;
  readonly carried: Carried | null;
}

const Elements = z.array(z.json()).default([]);
const Flags = z.union([z.string().transform((flag) => [flag]), z.array(z.string())]).default([]);
const listed = z.union([
  z.strictObject({ metainfo: z.json() }),
  z.strictObject({ table: z.looseObject({ handle: z.int(), flags: z.json().optional() }) }),
  z.strictObject({ set: z.looseObject({ name: z.string(), flags: Flags, elem: Elements, timeout: z.json().optional() }) }),
  z.strictObject({
    chain: z.looseObject({
      name: z.string(),
      type: z.string().optional(),
      hook: z.string().optional(),
      prio: z.int().optional(),
      policy: z.string().optional(),
    }),
  }),
  z.strictObject({ rule: z.looseObject({ chain: z.string(), comment: z.string().optional(), expr: z.array(z.json()) }) }),
  z.record(z.string(), z.json()).transform((other) => ({ other })),
]);
const output = z.strictObject({ nftables: z.array(listed) });
type Item = z.infer<typeof listed>;

/** Reads `nft -j list table`, and compares it with what the rules that it carries render to; throws ENFORCER_UNREADABLE for what is no such listing. */
export function readListing(text: string, interfaces: readonly string[]): Listing {
  const items = itemsOf(text);
  const handle = items.flatMap((item) => ('table' in item ? [item.table.handle] : [])).at(0);
  if (handle === undefined) throw new IsolationError('ENFORCER_UNREADABLE', 'nft listed a table without its handle');
  const carried = readCarried(items.flatMap((item) => ('rule' in item && item.rule.chain === 'carried' ? [item.rule.comment ?? ''] : [])));
  const timer = timerOf(items);
  const intact =
    carried !== null && timer !== 'other' && isDeepStrictEqual(seenOf(items), meantBy(render({ ...carried, interfaces }, null)));
  return { handle, carried, rules: carried?.rules ?? null, armed: timer !== 'disarmed', intact };
}

function itemsOf(text: string): readonly Item[] {
  try {
    return output.parse(JSON.parse(text)).nftables;
  } catch (cause) {
    throw new IsolationError('ENFORCER_UNREADABLE', 'nft listed its table in a way that cannot be read', cause);
  }
}

const timedElement = z.strictObject({ elem: z.looseObject({ val: z.enum(ARMED), timeout: z.number() }) });

/** Armed: each family is there with a timeout, or gone with it. Disarmed: both are there, for good. */
function timerOf(items: readonly Item[]): 'armed' | 'disarmed' | 'other' {
  const set = items.flatMap((item) => ('set' in item && item.set.name === 'armed' ? [item.set.elem] : [])).at(0);
  if (set === undefined) return 'other';
  if (set.every((each) => timedElement.safeParse(each).success)) return 'armed';
  return isDeepStrictEqual([...set].sort(), [...ARMED]) ? 'disarmed' : 'other';
}

/** A table in the form in which two are compared: without handles, counts, the timer's elements, or how addresses are written. */
interface Comparable {
  readonly sets: Readonly<Record<string, Json>>;
  readonly chains: Readonly<Record<string, Json>>;
  readonly rules: Readonly<Record<string, Json>>;
  readonly others: number;
}

function seenOf(items: readonly Item[]): Comparable {
  const sets = items.flatMap((item) => ('set' in item ? [item.set] : []));
  const chains = items.flatMap((item) => ('chain' in item ? [item.chain] : []));
  const rules = items.flatMap((item) => ('rule' in item ? [item.rule] : []));
  const odd = items.filter((item) => 'other' in item || ('table' in item && item.table.flags !== undefined));
  return {
    sets: Object.fromEntries(
      sets.map(({ name, flags, elem, timeout = null }) => [name, { flags, timeout, elements: name === 'armed' ? [] : seenElements(elem) }]),
    ),
    chains: Object.fromEntries(chains.map(({ name, type, hook, prio, policy }) => [name, baseOf(type, hook, prio, policy)])),
    rules: Object.fromEntries(
      chains.map(({ name }) => [
        name,
        rules.filter(({ chain }) => chain === name).map(({ expr, comment = null }) => ({ comment, expr: expr.map(uncounted) })),
      ]),
    ),
    others: odd.length,
  };
}

function meantBy({ sets, chains }: Table): Comparable {
  return {
    sets: Object.fromEntries(
      sets.map(({ name, flags, elements }) => [
        name,
        { flags: [...flags], timeout: null, elements: name === 'armed' ? [] : runsOf(elements) },
      ]),
    ),
    chains: Object.fromEntries(chains.map(({ name, hook }) => [name, hook === null ? null : baseOf('filter', hook, PRIORITY, 'accept')])),
    rules: Object.fromEntries(
      chains.map(({ name, rules }) => [
        name,
        rules.map(({ clauses, comment = null }) => ({ comment, expr: clauses.map((clause) => clause.listed) })),
      ]),
    ),
    others: 0,
  };
}

function baseOf(type?: string, hook?: string, prio?: number, policy?: string): Json {
  return hook === undefined ? null : { type: type ?? null, hook, prio: prio ?? null, policy: policy ?? null };
}

function uncounted(expression: Json): Json {
  return typeof expression === 'object' && expression !== null && 'counter' in expression ? { counter: null } : expression;
}

const prefixed = z.strictObject({ prefix: z.strictObject({ addr: z.string(), len: z.int() }) });
const ranged = z.strictObject({ range: z.tuple([z.string(), z.string()]) });
const joined = z.strictObject({ concat: z.tuple([z.json(), z.string(), z.int()]) });

function seenElements(elements: readonly Json[]): Json {
  return runsOf(elements.map(seenElement));
}

function seenElement(listed: Json): Omit<Element, 'text'> {
  const parts = joined.safeParse(listed);
  if (parts.success) return { range: rangeOf(parts.data.concat[0]), rest: `${parts.data.concat[1]} . ${String(parts.data.concat[2])}` };
  const range = rangeOf(listed);
  if (range !== null) return { range, rest: '' };
  return { range, rest: typeof listed === 'string' ? listed : JSON.stringify(listed) };
}

function rangeOf(listed: Json): Range | null {
  const prefix = prefixed.safeParse(listed);
  if (prefix.success) return networkOf(`${prefix.data.prefix.addr}/${String(prefix.data.prefix.len)}`);
  const range = ranged.safeParse(listed);
  if (!range.success) return typeof listed === 'string' ? networkOf(listed) : null;
  const [first, last] = range.data.range.map(networkOf);
  return first?.family === last?.family && first && last ? { family: first.family, first: first.first, last: last.last } : null;
}

/** Elements as runs of addresses for each protocol and port. */
function runsOf(elements: readonly Omit<Element, 'text'>[]): Json {
  const rests = [...new Set(elements.map(({ rest }) => rest))].sort();
  return rests.map((rest) => {
    const ranges = elements.flatMap((each) => (each.rest === rest && each.range !== null ? [each.range] : []));
    return [rest, ...merged(ranges).map(({ first, last }) => `${first.toString(16)}-${last.toString(16)}`)];
  });
}
