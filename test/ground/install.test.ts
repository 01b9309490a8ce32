import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { staleness } from '../../scripts/install.mjs';

const ROOT = join(import.meta.dirname, '../..');
const A = { version: '1.0.0', integrity: 'sha512-a' };

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cofferdam-install-'));
  await mkdir(join(root, 'node_modules'));
});
afterEach(async () => rm(root, { recursive: true, force: true }));

describe('installing before tests and drills', () => {
  test('is not needed where npm ci has just run', () => {
    expect(staleness(ROOT)).toBeNull();
  });

  test('passes over packages of other platforms', async () => {
    await write({ 'node_modules/a': A, 'node_modules/b': { ...A, optional: true } }, { 'node_modules/a': A });
    expect(staleness(root)).toBeNull();
  });

  test.each([
    ['nothing was installed, or not to the end', null, 'node_modules is missing or was never finished'],
    ['a package is missing', {}, 'node_modules/a is not installed'],
    ['a package has another version', { 'node_modules/a': { ...A, version: '2.0.0' } }, 'node_modules/a differs from package-lock.json'],
    [
      'a package has other contents',
      { 'node_modules/a': { ...A, integrity: 'sha512-b' } },
      'node_modules/a differs from package-lock.json',
    ],
  ])('is needed when %s', async (_when, installed, reason) => {
    await write({ '': {}, 'node_modules/a': A }, installed);
    expect(staleness(root)).toBe(reason);
  });
});

async function write(locked: object, installed: object | null): Promise<void> {
  await writeFile(join(root, 'package-lock.json'), JSON.stringify({ packages: locked }));
  if (installed !== null) await writeFile(join(root, 'node_modules', '.package-lock.json'), JSON.stringify({ packages: installed }));
}
