import { readdirSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ESLint } from 'eslint';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEEPEST } from '../../eslint.directions.js';

const ROOT = join(import.meta.dirname, '../..');
const DIRECTION_RULES = ['@typescript-eslint/no-restricted-imports', 'no-restricted-syntax'];

// The direction rules need no types, so that text of files that do not exist can be linted.
const directions = new ESLint({
  cwd: ROOT,
  ruleFilter: ({ ruleId }) => DIRECTION_RULES.includes(ruleId),
  overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
});

const FORBIDDEN = [
  ['lib/model/x.ts', '../trust/canonical.js'],
  ['lib/model/x.ts', 'zod'],
  ['lib/model/x.ts', 'node:crypto'],
  ['lib/store/x.ts', '@temporalio/common'],
  ['lib/store/x.ts', '../../activities/attempt.js'],
  ['lib/store/x.ts', '../../cli/context.js'],
  ['lib/redfish/vendors/x.ts', '../../../workflows/messages.js'],
  ['lib/redfish/vendors/x.ts', '../../../drill/bmc.js'],
  ['lib/codec/x.ts', '@temporalio/client'],
  ['workflows/x.ts', 'node:fs'],
  ['workflows/x.ts', 'zod'],
  ['workflows/x.ts', '@temporalio/client'],
  ['workflows/x.ts', '../activities/attempt.js'],
  ['workflows/x.ts', '../lib/trust/canonical.js'],
  ['workflows/x.ts', '../worker/main.js'],
  ['activities/x.ts', '@temporalio/client'],
  ['activities/x.ts', '../workflows/shard.js'],
  ['activities/x.ts', '../worker/dependencies.js'],
  ['worker/x.ts', '../workflows/shard.js'],
  ['worker/x.ts', '../cli/context.js'],
  ['cli/x.ts', '../lib/redfish/client.js'],
  ['cli/gate/x.ts', '../../lib/redfish/client.js'],
  ['cli/gate/x.ts', '../../lib/ipmi/session.js'],
  ['cli/gate/x.ts', '../../lib/steps/planners.js'],
  ['cli/gate/x.ts', '../../lib/operations/executor.js'],
  ['cli/gate/x.ts', '../../lib/vault/file-store.js'],
  ['cli/drill/deep/x.ts', '../../../lib/vault/file-store.js'],
  ['cli/gate/x.ts', '../../workflows/incident.js'],
  ['cli/gate/x.ts', '../../activities/attempt.js'],
  ['cli/gate/x.ts', '../../worker/main.js'],
  ['cli/gate/x.ts', '../../drill/bmc.js'],
  ['cli/gate/x.ts', '@temporalio/worker'],
  ['cli/gate/x.ts', '@temporalio/testing'],
  ['cli/gate/x.ts', 'undici'],
  ['cli/engine/find.ts', '@temporalio/testing'],
  ['cli/engine/sdk-download.mjs', '@temporalio/worker'],
  ['cli/engine/sdk-download.mjs', '../../lib/vault/file-store.js'],
  ['cli/gate/x.ts', './../../lib/vault/file-store.js'],
  ['cli/gate/x.ts', '../output/../../lib/vault/file-store.js'],
  ['drill/x.ts', '../lib/redfish/client.js'],
  ['drill/profiles/x.ts', '../../cli/context.js'],
  ['drill/x.ts', '@temporalio/client'],
] as const;

const ALLOWED = [
  ['lib/model/x.ts', './json.js'],
  ['lib/store/x.ts', '../model/json.js'],
  ['lib/redfish/vendors/x.ts', '../client.js'],
  ['lib/redfish/vendors/x.ts', '../../model/json.js'],
  ['lib/codec/x.ts', '@temporalio/common'],
  ['workflows/x.ts', '@temporalio/workflow'],
  ['workflows/x.ts', '../lib/model/json.js'],
  ['activities/x.ts', '../lib/operations/executor.js'],
  ['worker/x.ts', '@temporalio/worker'],
  ['cli/gate/x.ts', '../../workflows/messages.js'],
  ['cli/gate/x.ts', '../../lib/trust/sign.js'],
  ['cli/gate/x.ts', '../output/table.js'],
  ['cli/x.ts', './drill/drill.js'],
  ['cli/gate/x.ts', '../drill/drill.js'],
  ['cli/engine/sdk-download.mjs', '@temporalio/testing'],
  ['drill/x.ts', '../lib/model/json.js'],
  ['drill/profiles/x.ts', '../bmc.js'],
] as const;

describe('import directions', () => {
  test.each(FORBIDDEN)('%s may not import %s', async (file, module) => {
    expect(await offences(file, `import { x } from '${module}';\nx();\n`)).toContain('@typescript-eslint/no-restricted-imports');
    expect(await offences(file, `export * from '${module}';\n`)).toContain('@typescript-eslint/no-restricted-imports');
    expect(await offences(file, `await import('${module}');\n`)).toContain('no-restricted-syntax');
  });

  test.each(ALLOWED)('%s may import %s', async (file, module) => {
    expect(await offences(file, `import { x } from '${module}';\nx();\nawait import('${module}');\n`)).toEqual([]);
  });

  test.each([
    ['workflows/x.ts', '../activities/attempt.js'],
    ['cli/drill/x.ts', '../../drill/truth.js'],
  ])('%s may import types, and only types, of %s', async (file, module) => {
    expect(await offences(file, `import type { X } from '${module}';\nexport type Y = X;\n`)).toEqual([]);
    expect(await offences(file, `import { X } from '${module}';\nX();\n`)).not.toEqual([]);
  });

  test('an import whose target is computed cannot be checked, and is refused', async () => {
    expect(await offences('cli/gate/x.ts', "const name = 'a';\nawait import(name);\n")).toEqual(['no-restricted-syntax']);
  });

  test('no file lies deeper than the directions reach', () => {
    const folders = ['activities', 'cli', 'drill', 'lib', 'worker', 'workflows'];
    const files = folders.flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((path) => `${folder}/${path}`),
    );
    expect(files.filter((file) => file.endsWith('.ts') && file.split('/').length - 1 > DEEPEST)).toEqual([]);
  });
});

describe('the rules that need types', () => {
  // A project of one file: type information of the whole product would take half a minute and prove no more.
  let folder: string;
  let typed: ESLint;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cofferdam-lint-'));
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    await writeFile(join(folder, 'x.ts'), 'export {};\n');
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: join(ROOT, 'tsconfig.json'), compilerOptions: { rootDir: '.' }, include: ['x.ts'] }),
    );
    typed = new ESLint({ cwd: folder, overrideConfigFile: join(ROOT, 'eslint.config.js') });
  });
  afterAll(async () => rm(folder, { recursive: true, force: true }));

  test('an async update validator fails the lint', async () => {
    const handler = (validator: string): string =>
      "import { setHandler, defineUpdate } from '@temporalio/workflow';\n" +
      "const update = defineUpdate<string, [string]>('u');\n" +
      `setHandler(update, () => 'x', { validator: ${validator} });\n`;
    expect(await typedOffences(handler('async (text: string) => { await Promise.reject(new Error(text)); }'))).toEqual([
      '@typescript-eslint/no-misused-promises',
    ]);
    expect(await typedOffences(handler('(text: string) => { throw new Error(text); }'))).toEqual([]);
  });

  test('a promise nobody waits for, a cast, a silenced rule and an unfinished switch fail the lint', async () => {
    expect(await typedOffences("void 0;\nPromise.resolve('x');\n")).toContain('@typescript-eslint/no-floating-promises');
    expect(await typedOffences('export const x = JSON.parse("1") as number;\n')).toEqual(['@typescript-eslint/consistent-type-assertions']);
    expect(await typedOffences('/* eslint-disable eqeqeq */\nexport const x = 1;\n')).toEqual([null]);
    expect(await typedOffences("export function f(x: 'a' | 'b'): void {\n  switch (x) {\n    case 'a':\n      return;\n  }\n}\n")).toEqual([
      '@typescript-eslint/switch-exhaustiveness-check',
    ]);
  });

  async function typedOffences(text: string): Promise<(string | null)[]> {
    const [result] = await typed.lintText(text, { filePath: join(folder, 'x.ts') });
    return (result?.messages ?? []).map((message) => message.ruleId);
  }
});

async function offences(file: string, text: string): Promise<(string | null)[]> {
  const [result] = await directions.lintText(text, { filePath: join(ROOT, file) });
  return (result?.messages ?? []).map((message) => message.ruleId);
}
