import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { id, time } from '../../../lib/model/json.js';
import { openLeases } from '../../../lib/store/leases.js';
import { canonical, sha256 } from '../../../lib/trust/canonical.js';
import { compileChildren, firstLine } from '../../support/child.js';
import { codeOf } from '../../support/code-of.js';

let folder = '';
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'cofferdam-leases-')), 'leases');
});
afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

const TARGET = id<'target'>('bmc-1');
const OURS = { incident: id<'incident'>('inc-1'), launch: sha256<'statement'>('one') };
const THEIRS = { incident: id<'incident'>('inc-2'), launch: sha256<'statement'>('two') };
const fileOf = (target: string): string => join(folder, `${target}.json`);

test('a target is frozen from taking its lease to giving it back, however often either is repeated', async () => {
  const leases = openLeases(folder);
  expect(await leases.get(TARGET)).toBeNull();
  const taken = { target: TARGET, ...OURS, takenAt: time(1) };
  expect(await leases.take(TARGET, OURS, time(1))).toEqual(taken);
  expect(await leases.take(TARGET, OURS, time(2))).toEqual(taken);
  expect(await openLeases(folder).get(TARGET)).toEqual(taken);
  await leases.giveBack(TARGET, OURS.incident);
  await leases.giveBack(TARGET, OURS.incident);
  expect(await leases.get(TARGET)).toBeNull();
  expect(await readdir(folder)).toEqual([]);
});

test('another incident is told who has it, and neither takes it nor gives it back', async () => {
  const leases = openLeases(folder);
  await leases.take(TARGET, OURS, time(1));
  const held = { code: 'LEASE_HELD', incident: 'inc-1' };
  const refusal: unknown = await leases.take(TARGET, THEIRS, time(2)).catch((error: unknown) => error);
  expect(refusal).toMatchObject(held);
  expect(String(refusal)).toContain('inc-1');
  await expect(leases.giveBack(TARGET, THEIRS.incident)).rejects.toMatchObject(held);
  expect(await leases.get(TARGET)).toMatchObject(OURS);
});

test('a lease has no end: one of long ago still freezes', async () => {
  await openLeases(folder).take(TARGET, OURS, time(0));
  expect(await codeOf(openLeases(folder).take(TARGET, THEIRS, time(Date.now())))).toBe('LEASE_HELD');
});

test.each([
  ['half a record', '{"target":"bmc-1"'],
  ['nothing', ''],
  ['another field', canonical({ target: TARGET, ...OURS, takenAt: time(1), until: time(2) })],
  ['another target', canonical({ target: id('bmc-2'), ...OURS, takenAt: time(1) })],
])('a record that cannot be read is held by whoever it was: %s', async (_what, text) => {
  const leases = openLeases(folder);
  await leases.take(id('bmc-0'), THEIRS, time(1));
  await writeFile(fileOf(TARGET), text);
  expect(await codeOf(leases.get(TARGET))).toBe('RECORD_UNREADABLE');
  expect(await codeOf(leases.take(TARGET, OURS, time(2)))).toBe('RECORD_UNREADABLE');
  expect(await codeOf(leases.giveBack(TARGET, OURS.incident))).toBe('RECORD_UNREADABLE');
  expect(await leases.list()).toEqual([
    { target: 'bmc-0', incident: 'inc-2', since: time(1) },
    { target: 'bmc-1', incident: null, since: null },
  ]);
});

test('the list has leases only, and none before the first', async () => {
  const leases = openLeases(folder);
  expect(await leases.list()).toEqual([]);
  await leases.take(TARGET, OURS, time(1));
  // What a writer that died left behind.
  await writeFile(`${fileOf('bmc-2')}.00ff.tmp`, 'half');
  expect(await leases.list()).toEqual([{ target: 'bmc-1', incident: 'inc-1', since: time(1) }]);
});

test('of two processes that race for targets each target has one', async () => {
  const children = await compileChildren();
  try {
    const racing = ['inc-1', 'inc-2'].map((incident) => children.start('lease-taker.js', folder, incident));
    const [a, b] = (await Promise.all(racing.map(firstLine))).map((line) => z.array(z.string()).parse(JSON.parse(line ?? '')));
    expect([...(a ?? []), ...(b ?? [])].sort()).toEqual(Array.from({ length: 50 }, (_, n) => `bmc-${String(n + 1)}`).sort());
    const owners = await Promise.all((a ?? []).map(async (target) => (await openLeases(folder).get(id(target)))?.incident));
    expect(new Set(owners)).toEqual(new Set(a?.length === 0 ? [] : ['inc-1']));
  } finally {
    await children.close();
  }
});
