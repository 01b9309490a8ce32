import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { format } from 'prettier';
import { expect, it } from 'vitest';
import { cliReference } from '../../cli/docs.js';
import { wholeProgram } from '../../cli/program.js';
import { stage } from '../support/desk.js';

const ROOT = resolve(import.meta.dirname, '../..');

it('docs/cli.md is the command tree as it is; when it differs on purpose: node scripts/docs-cli.mjs', async () => {
  const page = await format(cliReference(await wholeProgram(stage().context)), { parser: 'markdown', printWidth: 140 });
  expect(await readFile(resolve(ROOT, 'docs/cli.md'), 'utf8')).toBe(page);
});

it('every command says what it does, and shows an example', async () => {
  const program = await wholeProgram(stage().context);
  const leaves = program.commands.flatMap((command) =>
    command.commands.length > 0 && command.name() !== 'drill' ? command.commands : [command],
  );
  for (const command of leaves.filter((leaf) => leaf.name() !== 'drill')) {
    expect(command.summary()).not.toMatch(/\.$|^$/);
    expect(command.description()).toContain('\n\nExample:\n  cofferdam ');
  }
});
