import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const SCRIPT = join(import.meta.dirname, '../../scripts/count-tests.mjs');
const GREEN = { numPassedTests: 7, numPendingTests: 1, numTodoTests: 1, testResults: [] };
const NAME = join(process.cwd(), 'test/some/where.test.ts');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cofferdam-count-'));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

describe('the end of what .ci/run prints', () => {
  test('counts what vitest reports', async () => {
    expect(await count(GREEN)).toEqual([0, '7 passed, 0 failed, 2 skipped']);
  });

  test('names each test that failed, and says how', async () => {
    const assertionResults = ['opens', 'shuts'].map((title) => ({
      status: 'failed',
      fullName: `the door ${title}`,
      failureMessages: [`\u001b[31mit does not ${title}\u001b[39m\n at node_modules/vitest/runner.js`],
    }));
    const testResults = [{ status: 'failed', name: NAME, assertionResults: [...assertionResults, { status: 'passed' }] }];
    expect(await count({ ...GREEN, testResults })).toEqual([
      1,
      'failed: report: test/some/where.test.ts > the door opens',
      '    it does not opens',
      'failed: report: test/some/where.test.ts > the door shuts',
      '    it does not shuts',
      '7 passed, 2 failed, 2 skipped',
    ]);
  });

  test('counts and names a file that failed before its first test', async () => {
    const testResults = [{ status: 'failed', name: NAME, message: 'no such module', assertionResults: [] }];
    expect(await count({ ...GREEN, testResults })).toEqual([
      1,
      'failed: report: test/some/where.test.ts',
      '    no such module',
      '7 passed, 1 failed, 2 skipped',
    ]);
  });

  test('is a failure when the gate failed before the tests, and when nothing ran', async () => {
    expect(await count(null)).toEqual([1, 'failed: report: no report, the suite ended before its tests', '0 passed, 1 failed, 0 skipped']);
    expect(await count({ ...GREEN, numPassedTests: 0 })).toEqual([1, '0 passed, 0 failed, 2 skipped']);
  });
});

async function count(report: object | null): Promise<[number | undefined, ...string[]]> {
  const path = join(folder, 'report.json');
  await writeFile(path, report === null ? '' : JSON.stringify(report));
  const { exitCode, stdout } = await execa(process.execPath, [SCRIPT, path], { reject: false });
  return [exitCode, ...stdout.split('\n')];
}
