import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { demandTerminal } from '../../cli/ask.js';
import { entryOf } from '../../cli/drill/processes.js';
import { baseOf, stage } from '../support/desk.js';

const MODULE = pathToFileURL(resolve(entryOf('cli'), '../ask.js')).href;

/** Runs a function of cli/ask on a real pseudo-terminal, types the answer as soon as the question shows, and returns all that stood there. */
async function onTerminal(call: string, question: string, answer: string): Promise<string> {
  const context = '{ stdin: process.stdin, stderr: process.stderr, interrupted: new AbortController().signal }';
  const program = `const ask = await import("${MODULE}"); const said = await ask.${call}({ context: ${context} }, "${question}").catch((e) => e.code); console.log("[" + said + "]"); process.exit(0)`;
  const terminal = spawn('/usr/bin/script', ['-qfec', `'${process.execPath}' --input-type=module -e '${program}'`, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let seen = '';
  terminal.stdout.on('data', (chunk: Buffer) => {
    const before = seen;
    seen += chunk.toString('utf8');
    if (!before.includes(question) && seen.includes(question)) terminal.stdin.write(answer);
  });
  await once(terminal, 'close');
  return seen;
}

it('a hidden answer is read and never shown, however fast it is typed', async () => {
  const seen = await onTerminal('askHidden', 'passphrase? ', 'correct horse\r');
  expect(seen.replace('[correct horse]', '')).not.toContain('correct');
  expect(seen).toContain('[correct horse]');
});

it('only yes is yes', async () => {
  expect(await onTerminal('confirm', 'go on?', 'y\r')).toContain('[true]');
  expect(await onTerminal('confirm', 'go on?', '\r')).toContain('[false]');
});

it('Ctrl-C at a question is an interruption', async () => {
  expect(await onTerminal('askHidden', 'passphrase? ', '\u0003')).toContain('[INTERRUPTED]');
});

it('nobody is asked without a terminal, with --no-input, or when the output is for a program', () => {
  const terminal = { stdin: true, stdout: true, stderr: true, columns: 80, rows: 24 };
  const there = stage({ terminal });
  expect(() => {
    demandTerminal(baseOf(there), 'give --yes');
  }).not.toThrow();
  for (const base of [baseOf(stage()), baseOf(there, { input: false }), baseOf(there, { output: 'json' })])
    expect(() => {
      demandTerminal(base, 'give --yes');
    }).toThrow(expect.objectContaining({ code: 'INPUT_NEEDED', fix: 'give --yes' }));
});
