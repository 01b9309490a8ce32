import { mkdir, mkdtemp, cp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { SiteError } from '../../../lib/site/error.js';
import { loadSite } from '../../../lib/site/load.js';
import { snapshotSite } from '../../../lib/site/snapshot.js';
import { makeSite, type SiteFixture } from '../../support/site-fixture.js';

let made: SiteFixture;
let folder: string;
let dir: string;

beforeAll(async () => {
  made = await makeSite();
});
afterAll(() => made.remove());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cofferdam-hunts-'));
  dir = join(folder, 'site');
  await cp(made.dir, dir, { recursive: true });
  await mkdir(join(dir, 'hunts'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function write(name: string, indicators: readonly unknown[], called = name): Promise<void> {
  return writeFile(join(dir, 'hunts', `${name}.yaml`), JSON.stringify({ version: 1, name: called, title: 'test', indicators }));
}

async function codes(): Promise<readonly string[]> {
  return loadSite(dir).then(
    () => [],
    (error: unknown) => {
      if (error instanceof SiteError) return error.problems.map(({ code }) => code);
      throw error;
    },
  );
}

it('what to look for is bound by the digest of the site, and comes with its snapshot', async () => {
  const before = await loadSite(dir);
  await write('beacon', [{ kind: 'address', value: '203.0.113.7' }]);
  const after = await loadSite(dir);
  await snapshotSite(after, join(folder, 'snapshot'));
  const taken = await loadSite(join(folder, 'snapshot'));
  expect(after.digest).not.toBe(before.digest);
  expect(taken.sought).toEqual([{ kind: 'address', value: '203.0.113.7', hunt: 'beacon' }]);
});

it.each([
  ['of no kind', { kind: 'mood', value: 'bad' }],
  ['with more than it may say', { kind: 'account', value: 'x', note: 'y' }],
  ['that is no address', { kind: 'address', value: '203.0.113.0/24' }],
  ['that is no digest', { kind: 'key', value: 'ssh-ed25519 AAAA' }],
  ['with a character that moves the cursor', { kind: 'account', value: 'a\u001b[2J' }],
  ['that is empty', { kind: 'destination', value: '' }],
])('an indicator %s does not load', async (_, indicator) => {
  await write('beacon', [indicator]);
  expect(await codes()).not.toEqual([]);
});

it('a file of another name does not load', async () => {
  await write('beacon', [{ kind: 'account', value: 'x' }], 'other');
  expect(await codes()).toEqual(['NAME_MISMATCH']);
});

it('over all files no more are looked for than one plan can answer', async () => {
  const many = (count: number) => Array.from({ length: count }, (_, n) => ({ kind: 'account', value: `user${String(n)}` }));
  await write('one', many(500));
  expect(await codes()).toEqual([]);
  await write('two', many(1));
  expect(await codes()).toEqual(['TOO_MANY_INDICATORS', 'TOO_MANY_INDICATORS']);
});
