// Writes docs/cli.md from the compiled command tree: `node scripts/docs-cli.mjs`, after a build.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { processContext } from '../dist/cli/context.js';
import { cliReference } from '../dist/cli/docs.js';
import { wholeProgram } from '../dist/cli/program.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const program = await wholeProgram(processContext(new AbortController().signal, () => undefined));
const { prettier } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
writeFileSync(join(root, 'docs', 'cli.md'), await format(cliReference(program), { ...prettier, parser: 'markdown' }));
