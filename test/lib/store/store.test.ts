import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digest, id, time } from '../../../lib/model/json.js';
import type { Claim, Order } from '../../../lib/model/operation.js';
import { claimKey, openClaims } from '../../../lib/store/claims.js';
import { openIndexes, type IndexRecord } from '../../../lib/store/indexes.js';
import { zoneLayout, type IncidentLayout } from '../../../lib/store/layout.js';
import { openObjects } from '../../../lib/store/objects.js';
import { openSettings } from '../../../lib/store/settings.js';
import { openStatements } from '../../../lib/store/statements.js';
import { sha256 } from '../../../lib/trust/canonical.js';
import { codeOf } from '../../support/code-of.js';

let state = '';
let store: IncidentLayout;
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'cofferdam-store-'));
  store = zoneLayout(state, id('zone-a')).incident(id('case-1'));
});
afterEach(() => rm(state, { recursive: true, force: true }));

const ORDER: Order = {
  incident: id('case-1'),
  subject: { kind: 'bmc', target: id('bmc-1') },
  plan: digest('a'.repeat(64)),
  operation: 1,
  round: 1,
  retry: 0,
  release: null,
};
const CLAIM: Claim = { order: ORDER, member: null, at: time(0), limitMs: 1, effect: 'change', session: null, seen: {} };

test('settings of an incident that an earlier version began are read, and it knew of no lock that is lifted', async () => {
  const path = join(state, 'settings.json');
  const noted = { untilRelease: ['/a#/b'], forGood: [], released: [] };
  await writeFile(path, JSON.stringify(noted));
  expect(await openSettings(path).read()).toEqual({ ...noted, lifted: [] });
});

describe('objects', () => {
  const open = () => openObjects(join(state, 'objects'));

  test('what comes out is what went in, under the digest of its canonical bytes', async () => {
    const stored = await open().put({ b: 1, a: [true, null] });
    expect(stored).toBe(sha256('{"a":[true,null],"b":1}'));
    expect(await open().get(stored)).toEqual({ a: [true, null], b: 1 });
    expect(await open().put({ a: [true, null], b: 1 })).toBe(stored);
    expect(await readdir(join(state, 'objects', stored.slice(0, 2)))).toEqual([stored]);
  });

  test('changed bytes are refused, missing ones named, and storing again heals', async () => {
    const stored = await open().put({ a: 1 });
    await writeFile(join(state, 'objects', stored.slice(0, 2), stored), '{"a":2}');
    expect(await codeOf(open().get(stored))).toBe('OBJECT_CORRUPT');
    expect(await codeOf(open().bytes(stored))).toBe('OBJECT_CORRUPT');
    await open().put({ a: 1 });
    expect(await open().get(stored)).toEqual({ a: 1 });
    expect(await codeOf(open().get(digest('0'.repeat(64))))).toBe('OBJECT_MISSING');
  });
});

describe('claims', () => {
  test('of many claims of one key exactly one is made', async () => {
    const made = await Promise.all(Array.from({ length: 20 }, () => codeOf(openClaims(store).create(CLAIM))));
    expect(made.filter((code) => code === 'resolved')).toHaveLength(1);
    expect(made.filter((code) => code === 'CLAIMED')).toHaveLength(19);
    expect(await openClaims(store).find(ORDER, null)).toEqual(CLAIM);
    expect(await readdir(store.claims)).toEqual([`${claimKey(ORDER, null)}.json`]);
  });

  test.each([
    ['incident', { incident: id<'incident'>('case-2') }],
    ['subject', { subject: { kind: 'bmc' as const, target: id<'target'>('bmc-2') } }],
    ['plan', { plan: digest<'plan'>('b'.repeat(64)) }],
    ['operation', { operation: 2 }],
    ['round', { round: 2 }],
    ['retry', { retry: 1 }],
  ])('another %s is another key', async (_, change) => {
    await openClaims(store).create(CLAIM);
    expect(await openClaims(store).find({ ...ORDER, ...change }, null)).toBe(null);
  });

  test('a member has a key of its own', async () => {
    await openClaims(store).create(CLAIM);
    expect(await openClaims(store).find(ORDER, '/redfish/v1/x')).toBe(null);
  });

  test.each(['', '{"order"', '{}', JSON.stringify({ ...CLAIM, order: { ...ORDER, retry: 9 } })])(
    'a damaged claim (%j) is neither absent nor readable',
    async (text) => {
      await openClaims(store).create(CLAIM);
      await writeFile(join(store.claims, `${claimKey(ORDER, null)}.json`), text);
      expect(await codeOf(openClaims(store).find(ORDER, null))).toBe('RECORD_UNREADABLE');
      expect(await codeOf(openClaims(store).create(CLAIM))).toBe('CLAIMED');
    },
  );

  test('the first outcome stands, and notes of tries add up', async () => {
    const claims = openClaims(store);
    await claims.settle(ORDER, { is: 'done', seq: 1, head: digest('c'.repeat(64)) });
    await claims.settle(ORDER, { is: 'unknown', code: 'X', seq: 2, head: digest('d'.repeat(64)) });
    expect(await claims.outcome(ORDER)).toEqual({ is: 'done', seq: 1, head: 'c'.repeat(64) });
    await claims.note(ORDER, null, { observed: 1 });
    await claims.note(ORDER, null, { answer: { status: 204, at: time(0), resource: null, location: null } });
    expect(await openClaims(store).tries(ORDER, null)).toEqual({
      notAttempted: 0,
      observed: 1,
      covered: 0,
      answer: { status: 204, at: time(0), resource: null, location: null },
    });
  });
});

describe('statements and indexes', () => {
  test('statements come back in the order of storing, and a file under another digest is refused', async () => {
    const statements = openStatements(store.statements);
    const stored = (text: string, at: number) => ({
      text,
      signature: '',
      verb: 'deny' as const,
      person: id<'person'>('lara'),
      fingerprint: 'F',
      storedAt: time(at),
    });
    const second = await statements.put(stored('two', 2));
    const first = await statements.put(stored('one', 1));
    await statements.put(stored('one', 3));
    expect((await statements.list()).map(({ digest: name, stored: { storedAt } }) => [name, storedAt])).toEqual([
      [first, time(1)],
      [second, time(2)],
    ]);
    await writeFile(join(store.statements, `${first}.json`), await readFile(join(store.statements, `${second}.json`)));
    expect(await codeOf(statements.list())).toBe('RECORD_UNREADABLE');
  });

  test('a round is written once', async () => {
    const indexes = openIndexes(store.indexes);
    const record: IndexRecord = { root: digest('e'.repeat(64)), pages: [], openedAt: time(0), decideBy: time(1), executeBy: time(2) };
    await indexes.put(id('change'), 1, record);
    await indexes.put(id('change'), 1, record);
    expect(await codeOf(indexes.put(id('change'), 1, { ...record, executeBy: time(3) }))).toBe('INDEX_CONFLICT');
    await indexes.put(id('change'), 10, record);
    await indexes.put(id('change-2'), 3, record);
    expect(await indexes.rounds(id('change'))).toEqual([1, 10]);
    expect(await indexes.get(id('change'), 1)).toEqual(record);
    expect(await indexes.get(id('change'), 2)).toBe(null);
  });
});
