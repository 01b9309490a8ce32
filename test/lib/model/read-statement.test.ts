import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { NO_COUNTS } from '../../../lib/model/plan.js';
import { readStatement } from '../../../lib/model/read-statement.js';
import { STATEMENT_BYTES } from '../../../lib/model/statement.js';

const DIGEST = 'ab'.repeat(32);
const SAID = {
  type: 'cofferdam/statement',
  version: 1,
  incident: 'inc-1',
  by: 'ana',
  reason: 'because',
  notBefore: '2026-01-01T00:00:00.000Z',
  notAfter: '2026-01-02T00:00:00.000Z',
};
const UNDER = { ...SAID, launch: DIGEST };
const LAUNCH = { ...SAID, verb: 'launch', site: DIGEST, policy: DIGEST, runbook: DIGEST, stepTable: 1, targets: ['node1', 'node2'] };
const DECISION = { ...UNDER, verb: 'approve', policy: DIGEST, gate: 'change', round: 1, root: DIGEST, counts: NO_COUNTS };
const RESOLVE = { ...UNDER, verb: 'resolve', step: 'review-access', choice: 'retry', retry: 0, targets: ['node1'] };
const CANCEL = {
  ...UNDER,
  verb: 'cancel',
  subjects: [
    { kind: 'bmc', target: 'node1' },
    { kind: 'enforcer', zone: 'oob', name: 'fw1' },
  ],
};
const TRUST = { ...UNDER, verb: 'trust', target: 'node1', pin: DIGEST, replaces: null, turn: 0 };
const ADD = { ...UNDER, verb: 'add', targets: [{ target: 'node3', zone: 'oob', record: DIGEST }], turn: 0 };
const ALL = [ADD, LAUNCH, DECISION, { ...DECISION, verb: 'deny' }, RESOLVE, TRUST, CANCEL, { ...CANCEL, subjects: [] }];

const refusalOf = (value: unknown): string | null => {
  const read = readStatement(typeof value === 'string' ? value : JSON.stringify(value));
  return 'refusal' in read ? `${read.refusal} ${read.why}` : null;
};

describe('a statement', () => {
  test.each(ALL)('of the verb $verb is read as it stands', (value) => {
    expect(readStatement(JSON.stringify(value))).toEqual({ statement: value });
  });

  test('of the verb launch may name who leaves, by an id, and no other verb may', () => {
    expect(refusalOf({ ...LAUNCH, person: 'bob' })).toBeNull();
    expect(refusalOf({ ...LAUNCH, person: 'Bob Smith' })).toMatch(/^STATEMENT_MALFORMED person/);
    expect(refusalOf({ ...CANCEL, person: 'bob' })).toBe('STATEMENT_MALFORMED person: unknown field');
  });

  test('of the verb launch may repeat, within bounds, and no other verb may', () => {
    const repeats = { everyDays: 7, from: '2026-01-01T02:30:00.000Z', until: '2026-12-31T00:00:00.000Z' };
    const launch = (change: object, more: object = {}): unknown => ({ ...LAUNCH, repeats: { ...repeats, ...change }, ...more });
    expect(refusalOf(launch({}))).toBeNull();
    expect(refusalOf(launch({ until: repeats.from }))).toBeNull();
    expect(refusalOf({ ...CANCEL, repeats })).toBe('STATEMENT_MALFORMED repeats: unknown field');
    expect(refusalOf(launch({}, { incident: 'x'.repeat(37) }))).toBeNull();
    const bad = [{ everyDays: 0 }, { everyDays: 401 }, { everyDays: 0.5 }, { everyDays: '7' }, { until: '2025-12-31T00:00:00.000Z' }];
    const worse = [
      { until: '2027-02-06T00:00:00.000Z' },
      { from: '2026-01-01T02:30:01.000Z' },
      { from: 1 },
      { until: null },
      { offset: 1 },
    ];
    for (const change of [...bad, ...worse]) expect(refusalOf(launch(change))).toMatch(/^STATEMENT_MALFORMED repeats: /);
    expect(refusalOf({ ...LAUNCH, repeats: null })).toMatch(/^STATEMENT_MALFORMED repeats: /);
    expect(refusalOf(launch({}, { incident: 'x'.repeat(38) }))).toMatch(/^STATEMENT_MALFORMED incident: /);
  });

  test.each(ALL)('of the verb $verb is refused without any one of its fields', (value) => {
    for (const field of Object.keys(value)) {
      const less = Object.fromEntries(Object.entries(value).filter(([key]) => key !== field));
      expect(refusalOf(less)).toMatch(/^STATEMENT_MALFORMED /);
    }
  });

  test.each(ALL)('of the verb $verb is refused with a field that it does not have', (value) => {
    expect(refusalOf({ ...value, waive: true })).toBe('STATEMENT_MALFORMED waive: unknown field');
  });

  test.each<[string, unknown]>([
    ['text that is no JSON', '{'],
    ['null', null],
    ['a list', [LAUNCH]],
    ['an unknown verb', { ...LAUNCH, verb: 'veto' }],
    ['a verb from the prototype of objects', { ...LAUNCH, verb: 'constructor' }],
    ['a verb that is no text', { ...LAUNCH, verb: ['launch'] }],
    ['another type', { ...LAUNCH, type: 'cofferdam/policy' }],
    ['another version', { ...LAUNCH, version: '1' }],
    ['an id in upper case', { ...LAUNCH, incident: 'INC-1' }],
    ['an id with a path in it', { ...LAUNCH, incident: '../x' }],
    ['an empty reason', { ...LAUNCH, reason: ' ' }],
    ['a reason without end', { ...LAUNCH, reason: 'x'.repeat(2001) }],
    ['half a surrogate pair', { ...LAUNCH, reason: '\ud800' }],
    ['a time without milliseconds', { ...LAUNCH, notAfter: '2026-01-02T00:00:00Z' }],
    ['a month that does not exist', { ...LAUNCH, notAfter: '2026-13-02T00:00:00.000Z' }],
    ['an end before its begin', { ...LAUNCH, notAfter: '2025-01-02T00:00:00.000Z' }],
    ['a digest in upper case', { ...LAUNCH, site: DIGEST.toUpperCase() }],
    ['no targets', { ...LAUNCH, targets: [] }],
    ['targets that are no list', { ...LAUNCH, targets: { 0: 'node1', length: 1 } }],
    ['a target twice', { ...LAUNCH, targets: ['node1', 'node1'] }],
    ['a round that is no whole number', { ...DECISION, round: 0.5 }],
    ['a round below zero', { ...DECISION, round: -1 }],
    ['a count that is missing', { ...DECISION, counts: { observe: 1 } }],
    ['a count of something unknown', { ...DECISION, counts: { ...NO_COUNTS, more: 1 } }],
    ['an unknown choice', { ...RESOLVE, choice: 'again' }],
    ['no pin to trust', { ...TRUST, pin: null }],
    ['a key to replace that is none', { ...TRUST, replaces: '' }],
    ['a subject of an unknown kind', { ...CANCEL, subjects: [{ kind: 'host', target: 'node1' }] }],
    ['a subject twice', { ...CANCEL, subjects: [CANCEL.subjects[0], { target: 'node1', kind: 'bmc' }] }],
  ])('is refused for %s', (_, value) => {
    expect(refusalOf(value)).toMatch(/^STATEMENT_MALFORMED /);
  });

  test('is refused above its size, counted in bytes', () => {
    const long = JSON.stringify({ ...LAUNCH, reason: 'é'.repeat(STATEMENT_BYTES / 2) });
    expect(long.length).toBeLessThan(STATEMENT_BYTES);
    expect(refusalOf(long)).toMatch(/^STATEMENT_TOO_LARGE /);
  });
});

test('the reader uses nothing that the workflow sandbox lacks', async () => {
  const source = await readFile(new URL('../../../lib/model/read-statement.ts', import.meta.url), 'utf8');
  expect([...source.matchAll(/from '([^']+)'/g)].map(([, from]) => from?.startsWith('./'))).not.toContain(false);
  expect(source).not.toMatch(/\b(Buffer\.|new TextEncoder|process\.|Date\.now|structuredClone)/);
});
