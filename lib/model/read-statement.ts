import { EFFECTS, IMPACTS } from './effect.js';
import { isDigest, isId, isTime } from './json.js';
import { mayRepeat, MOST_DAYS } from './occurrence.js';
import type { Refusal } from './refusals.js';
import { STATEMENT_BYTES, type Statement } from './statement.js';

export type ReadStatement = { readonly statement: Statement } | { readonly refusal: Refusal; readonly why: string };

/**
 * Text to statement, strictly: every field known, present and within bounds. Synchronous and without dependencies, since the workflow's validator
 * calls it. Says nothing about signature, signer or canonical form, which `verifyStatement` checks.
 */
export function readStatement(text: string): ReadStatement {
  const bytes = utf8Length(text);
  if (bytes > STATEMENT_BYTES)
    return { refusal: 'STATEMENT_TOO_LARGE', why: `expected at most ${String(STATEMENT_BYTES)} bytes, got ${String(bytes)}` };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { refusal: 'STATEMENT_MALFORMED', why: 'expected JSON' };
  }
  const why = faultOf(value);
  // The second test restates the first for the compiler: without a fault the value is a statement.
  if (why !== null || !isStatement(value)) return { refusal: 'STATEMENT_MALFORMED', why: why ?? 'expected a statement' };
  return { statement: value };
}

type Check = (value: unknown) => string | null;
type Fields = Readonly<Record<string, Check>>;

const MAX_REASON = 2000;
const MAX_COUNT = 1_000_000;

const SAID: Fields = {
  type: exactly('cofferdam/statement'),
  version: exactly(1),
  incident: when(isId, 'an id'),
  by: when(isId, 'a person id'),
  reason: when(isReason, `text of 1 to ${String(MAX_REASON)} characters`),
  notBefore: when(isTime, 'a UTC time with milliseconds'),
  notAfter: when(isTime, 'a UTC time with milliseconds'),
};

// Half a surrogate pair has no canonical form and could not be signed.
const HALF_PAIR = /\p{Surrogate}/u;

function isReason(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '' && value.length <= MAX_REASON && !HALF_PAIR.test(value);
}

const UNDER: Fields = { ...SAID, launch: when(isDigest, 'a digest') };

const COUNTS: Fields = Object.fromEntries([...EFFECTS, ...IMPACTS].map((name) => [name, count]));

const DECISION: Fields = {
  ...UNDER,
  verb: oneOf(['approve', 'deny']),
  policy: when(isDigest, 'a digest'),
  gate: when(isId, 'a gate id'),
  round: count,
  root: when(isDigest, 'a digest'),
  counts: (value) => record(value, COUNTS),
};

const TARGETS = listOf(when(isId, 'a target id'));

const VERBS: Readonly<Record<Statement['verb'], Fields>> = {
  launch: {
    ...SAID,
    verb: exactly('launch'),
    site: when(isDigest, 'a digest'),
    policy: when(isDigest, 'a digest'),
    runbook: when(isDigest, 'a digest'),
    stepTable: count,
    targets: TARGETS,
  },
  approve: DECISION,
  deny: DECISION,
  resolve: {
    ...UNDER,
    verb: exactly('resolve'),
    step: when(isId, 'a step id'),
    choice: oneOf(['retry', 'replan', 'skip', 'abort']),
    retry: count,
    targets: TARGETS,
  },
  trust: {
    ...UNDER,
    verb: exactly('trust'),
    target: when(isId, 'a target id'),
    pin: when(isDigest, 'a digest'),
    replaces: when((value) => value === null || isDigest(value), 'a digest, or null'),
    turn: count,
  },
  cancel: { ...UNDER, verb: exactly('cancel'), subjects: listOf(subject, 0) },
  release: { ...UNDER, verb: exactly('release'), steps: listOf(when(isId, 'a step id'), 0), subjects: listOf(subject, 0) },
  complete: {
    ...UNDER,
    verb: exactly('complete'),
    orders: listOf(when(isDigest, 'a digest')),
    captures: listOf(when(isDigest, 'a digest')),
  },
  add: { ...UNDER, verb: exactly('add'), targets: listOf(added), turn: count },
};

/** Fields that a statement may leave out. */
const OPTIONAL: Readonly<Partial<Record<Statement['verb'], Fields>>> = { launch: { person: when(isId, 'a person id'), repeats } };

function isStatement(value: unknown): value is Statement {
  return faultOf(value) === null;
}

/** Why this is no statement, or null. */
function faultOf(value: unknown): string | null {
  if (!isRecord(value)) return 'expected an object';
  const { verb } = value;
  if (!isVerb(verb)) return `verb: expected one of ${Object.keys(VERBS).join(', ')}`;
  const fault = record(value, VERBS[verb], OPTIONAL[verb]);
  if (fault !== null) return fault;
  if (Object.hasOwn(value, 'repeats') && !mayRepeat(String(value['incident']))) return 'incident: too long for an id with a day behind it';
  return String(value['notBefore']) < String(value['notAfter']) ? null : 'notAfter: expected a time after notBefore';
}

function isVerb(value: unknown): value is Statement['verb'] {
  return typeof value === 'string' && Object.hasOwn(VERBS, value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function record(value: unknown, fields: Fields, optional: Fields = {}): string | null {
  if (!isRecord(value)) return 'expected an object';
  for (const key of Object.keys(value))
    if (!Object.hasOwn(fields, key) && !Object.hasOwn(optional, key)) return `${key.slice(0, 80)}: unknown field`;
  for (const [key, check] of Object.entries({ ...fields, ...optional })) {
    if (!Object.hasOwn(fields, key) && !Object.hasOwn(value, key)) continue;
    if (!Object.hasOwn(value, key)) return `${key}: missing`;
    const fault = check(value[key]);
    if (fault !== null) return `${key}: ${fault}`;
  }
  return null;
}

function listOf(check: Check, least: 0 | 1 = 1): Check {
  return (value) => {
    if (!Array.isArray(value)) return 'expected a list';
    if (value.length < least) return 'expected a list that is not empty';
    const items: readonly unknown[] = value;
    for (const [index, item] of items.entries()) {
      const fault = check(item);
      if (fault !== null) return `[${String(index)}] ${fault}`;
    }
    const distinct = new Set(items.map((item) => (isRecord(item) ? JSON.stringify(Object.entries(item).sort()) : item)));
    return distinct.size === items.length ? null : 'expected no entry twice';
  };
}

function subject(value: unknown): string | null {
  if (!isRecord(value)) return 'expected an object';
  if (value['kind'] === 'bmc') return record(value, { kind: exactly('bmc'), target: when(isId, 'a target id') });
  return record(value, { kind: exactly('enforcer'), zone: when(isId, 'a zone id'), name: when(isId, 'an enforcer name') });
}

function added(value: unknown): string | null {
  const fields = { target: when(isId, 'a target id'), zone: when(isId, 'a zone id'), record: when(isDigest, 'a digest') };
  return record(value, fields);
}

const MINUTE = /:00\.000Z$/;

/** A grid that ends, of at least a day from one time to the next. */
function repeats(value: unknown): string | null {
  const fault = record(value, {
    everyDays: when((days) => count(days) === null && Number(days) >= 1 && Number(days) <= MOST_DAYS, `1 to ${String(MOST_DAYS)} days`),
    from: when((from) => isTime(from) && MINUTE.test(from), 'a UTC time on a full minute'),
    until: when(isTime, 'a UTC time with milliseconds'),
  });
  if (fault !== null || !isRecord(value)) return fault;
  const length = Date.parse(String(value['until'])) - Date.parse(String(value['from']));
  return length >= 0 && length <= MOST_DAYS * 86_400_000 ? null : `until: expected a time at most ${String(MOST_DAYS)} days after from`;
}

function when(test: (value: unknown) => boolean, expected: string): Check {
  return (value) => (test(value) ? null : `expected ${expected}`);
}

function exactly(expected: string | number): Check {
  return when((value) => value === expected, JSON.stringify(expected));
}

function oneOf(expected: readonly string[]): Check {
  return when((value) => typeof value === 'string' && expected.includes(value), `one of ${expected.join(', ')}`);
}

function count(value: unknown): string | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_COUNT
    ? null
    : `expected a whole number from 0 to ${String(MAX_COUNT)}`;
}

/** Bytes as UTF-8; the workflow sandbox has neither Buffer nor, in every version, TextEncoder. */
function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}
