import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const SCRIPT = join(import.meta.dirname, '../../scripts/count-tests.mjs');
const GREEN = { numPassedTests: 7, numFailedTests: 0, numPendingTests: 1, numTodoTests: 1, testResults: [] };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cofferdam-count-'));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

describe('the last line of .ci/run', () => {
  test('counts what vitest reports', async () => {
    expect(await count(GREEN)).toEqual([0, '7 passed, 0 failed, 2 skipped']);
    expect(await count({ ...GREEN, numFailedTests: 2 })).toEqual([1, '7 passed, 2 failed, 2 skipped']);
  });

  test('counts a file that failed before its first test', async () => {
    const testResults = [{ status: 'failed', assertionResults: [] }];
    expect(await count({ ...GREEN, testResults })).toEqual([1, '7 passed, 1 failed, 2 skipped']);
  });

  test('is a failure when the gate failed before the tests, and when nothing ran', async () => {
    expect(await count(null)).toEqual([1, '0 passed, 1 failed, 0 skipped']);
    expect(await count({ ...GREEN, numPassedTests: 0 })).toEqual([1, '0 passed, 0 failed, 2 skipped']);
  });
});

async function count(report: object | null): Promise<[number | undefined, string]> {
  const path = join(folder, 'report.json');
  await writeFile(path, report === null ? '' : JSON.stringify(report));
  const { exitCode, stdout } = await execa(process.execPath, [SCRIPT, path], { reject: false });
  return [exitCode, stdout];
}
