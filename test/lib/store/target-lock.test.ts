import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { id } from '../../../lib/model/json.js';
import { StoreError } from '../../../lib/store/error.js';
import { openTargetLocks, type LockRequest } from '../../../lib/store/target-lock.js';
import { ownName } from '../../../lib/store/process.js';
import { compileChildren, firstLine, kill, type Children } from '../../support/child.js';
import { codeOf } from '../../support/code-of.js';

let folder = '';
let children: Children;
const started: ChildProcess[] = [];
const asked = (change: Partial<LockRequest> = {}): LockRequest => ({
  target: id('bmc-1'),
  work: 'mine',
  limitMs: 60_000,
  waitMs: 0,
  signal: new AbortController().signal,
  ...change,
});
const hold = (change: Partial<LockRequest> = {}): Promise<string> => openTargetLocks(folder).hold(asked(change), async () => 'done');

beforeAll(async () => {
  children = await compileChildren();
});
afterAll(() => children.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cofferdam-lock-'));
});
afterEach(async () => {
  await Promise.all(started.splice(0).map(kill));
  await rm(folder, { recursive: true, force: true });
});

async function elsewhere(limitMs = 60_000): Promise<ChildProcess> {
  const child = children.start('lock-holder.js', folder, String(limitMs));
  started.push(child);
  expect(await firstLine(child)).toBe('held');
  return child;
}

async function leaveBehind(change: object): Promise<void> {
  const holder = {
    ...(await ownName()),
    token: 'a'.repeat(16),
    target: 'bmc-1',
    work: 'old',
    at: 'then',
    until: '2999-01-01T00:00:00.000Z',
  };
  await writeFile(join(folder, 'bmc-1.lock'), JSON.stringify({ ...holder, ...change }));
}

test('a lock is free again after the work, also when the work throws', async () => {
  await expect(openTargetLocks(folder).hold(asked(), () => Promise.reject(new RangeError('no')))).rejects.toThrow(RangeError);
  expect(await hold()).toBe('done');
  expect(await readdir(folder)).toEqual([]);
});

test('a holder alive elsewhere is refused with its process, and waited for when asked to', async () => {
  const child = await elsewhere();
  const refusal = await hold().catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(StoreError);
  expect(refusal).toMatchObject({ code: 'LOCKED', pid: child.pid });
  const waiting = hold({ waitMs: 30_000 });
  await kill(child);
  expect(await waiting).toBe('done');
});

test('the lock of a killed process is taken over', async () => {
  await kill(await elsewhere());
  expect(await readdir(folder)).toEqual(['bmc-1.lock']);
  expect(await hold()).toBe('done');
  expect(await readdir(folder)).toEqual([]);
});

test('a stopped holder is LOCK_STUCK, and holds on when it is continued', async () => {
  const child = await elsewhere();
  child.kill('SIGSTOP');
  await expect.poll(() => codeOf(hold())).toBe('LOCK_STUCK');
  child.kill('SIGCONT');
  await expect.poll(() => codeOf(hold())).toBe('LOCKED');
});

test('a holder elsewhere past its limit is LOCK_STUCK and keeps the lock', async () => {
  const child = await elsewhere(1);
  const refusal = await hold({ waitMs: 30_000 }).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ code: 'LOCK_STUCK', pid: child.pid });
});

test.each([
  ['another boot', { boot: '00000000-0000-0000-0000-000000000000' }],
  ['a process number that was used again', { startedAt: '1' }],
  ['a process that is gone', { pid: 2 ** 22 + 7 }],
])('%s is a dead holder', async (_, change) => {
  await leaveBehind(change);
  expect(await hold()).toBe('done');
  expect(await readdir(folder)).toEqual([]);
});

test('of many takers of a dead lock one works at a time, also when a taker died half-way', async () => {
  await leaveBehind({ pid: 2 ** 22 + 7 });
  await writeFile(
    join(folder, `bmc-1.lock.${'a'.repeat(16)}`),
    JSON.stringify({ ...JSON.parse(await readFile(join(folder, 'bmc-1.lock'), 'utf8')), token: 'b'.repeat(16) }),
  );
  let inside = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
  };
  const takers = Array.from({ length: 12 }, (_, n) => openTargetLocks(folder).hold(asked({ work: String(n), waitMs: 30_000 }), work));
  await Promise.all(takers);
  expect(most).toBe(1);
  expect(await readdir(folder)).toEqual([]);
});

test('a later try of the same work in this process aborts the one before and waits for its end', async () => {
  const seen: string[] = [];
  let begin = (): void => undefined;
  const running = new Promise<void>((resolve) => (begin = resolve));
  const first = openTargetLocks(folder).hold(asked(), async (signal) => {
    begin();
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    seen.push('first ended');
  });
  await running;
  await openTargetLocks(folder).hold(asked({ waitMs: 30_000 }), async () => {
    seen.push('second began');
  });
  await first;
  expect(seen).toEqual(['first ended', 'second began']);
});

test('other work in this process is waited for and not aborted', async () => {
  let finish = (): void => undefined;
  let begin = (): void => undefined;
  const running = new Promise<void>((resolve) => (begin = resolve));
  const first = openTargetLocks(folder).hold(asked({ work: 'other' }), async (signal) => {
    begin();
    await new Promise<void>((resolve) => (finish = resolve));
    return signal.aborted;
  });
  await running;
  expect(await codeOf(hold())).toBe('LOCKED');
  finish();
  expect(await first).toBe(false);
  expect(await hold()).toBe('done');
});

test('waiting ends with the caller', async () => {
  await elsewhere();
  const caller = new AbortController();
  const waiting = codeOf(hold({ waitMs: 600_000, signal: caller.signal }));
  caller.abort();
  expect(await waiting).toBe('ABORTED');
});
