import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

const ROOT = join(import.meta.dirname, '../..');

describe('npm test', () => {
  test('is types, lint without warnings, format, unused code and tests, after the bootstrap', async () => {
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')));
    expect(scripts['pretest']).toBe('node scripts/bootstrap.mjs');
    expect(scripts['test']?.split(' && ')).toEqual([
      'run-p -s --aggregate-output --continue-on-error --max-parallel 2 lint types format:check unused',
      'vitest run',
    ]);
    expect(scripts).toMatchObject({
      lint: 'eslint . --max-warnings 0',
      types: 'tsc --noEmit',
      'format:check': 'prettier --check .',
      unused: 'knip',
    });
  });

  test.each(['lib/model/x.ts', 'scripts/x.mjs', 'docs/x.md'])('refuses an unformatted %s', async (file) => {
    const unformatted = file.endsWith('md') ? '* a\n\n\n\n* b' : 'const a = {"b" :1}';
    const { exitCode, stdout } = await prettier(['--check', '--stdin-filepath', file], unformatted);
    expect([exitCode, stdout]).toEqual([1, '(stdin)']);
    const formatted = await prettier(['--stdin-filepath', file], unformatted);
    expect((await prettier(['--check', '--stdin-filepath', file], `${formatted.stdout}\n`)).exitCode).toBe(0);
  });
});

async function prettier(args: readonly string[], input: string): Promise<{ exitCode: number | undefined; stdout: string }> {
  const { exitCode, stdout } = await execa(join(ROOT, 'node_modules/.bin/prettier'), args, { cwd: ROOT, input, reject: false });
  return { exitCode, stdout };
}
