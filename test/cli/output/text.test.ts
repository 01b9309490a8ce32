import { describe, expect, it } from 'vitest';
import { CliError } from '../../../cli/error.js';
import { errorAsJson, errorAsText } from '../../../cli/output/error.js';
import { toJson } from '../../../cli/output/json.js';
import { printDocument, printRows } from '../../../cli/output/print.js';
import { painted, styled, text } from '../../../cli/output/text.js';
import { baseOf, stage } from '../../support/desk.js';

/** Clears the screen, turns text around, hides, opens a link, ends the line. */
const HOSTILE = 'admin\u001b[2J\u202Enimda\u200B\u0007\u009b31m\r\nroot ok';
const DANGEROUS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

describe('text from a BMC', () => {
  it('loses what steers a terminal when it is put into a line, with and without style', () => {
    const line = text`account ${HOSTILE} and ${styled('red', HOSTILE)}`;
    expect(painted(line, false)).not.toMatch(DANGEROUS);
    expect(painted(line, false)).toContain('root ok');
  });

  it('cannot add rows, columns or colours to a table', async () => {
    const on = stage();
    await printRows(baseOf(on), { rows: [HOSTILE, 'quiet'], columns: [{ title: 'name', cell: (row) => row }], empty: '' });
    const lines = on.out().trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).not.toMatch(DANGEROUS);
  });

  it('is exact in JSON and harmless on the terminal that shows it', () => {
    const printed = toJson({ name: HOSTILE }, 2);
    expect(JSON.parse(printed)).toEqual({ name: HOSTILE });
    expect(printed.replaceAll('\n', '')).not.toMatch(DANGEROUS);
  });

  it('cannot forge a second line of an error', () => {
    const error = new CliError('REFUSED', HOSTILE, { why: HOSTILE });
    expect(errorAsText(error).replaceAll('\n', '')).not.toMatch(DANGEROUS);
    expect(errorAsText(error)).not.toMatch(/^root ok/m);
    expect(errorAsJson(error)).not.toMatch(DANGEROUS);
  });
});

describe('a table', () => {
  const rows = [{ name: 'r1', why: 'x'.repeat(200) }];
  const columns = [
    { title: 'name', cell: (row: (typeof rows)[number]) => row.name },
    { title: 'why', cell: (row: (typeof rows)[number]) => row.why },
  ];

  it('is whole in a pipe and cut to the width of a terminal', async () => {
    const [pipe, terminal] = [stage(), stage({ terminal: { stdin: true, stdout: true, stderr: true, columns: 40, rows: 20 } })];
    for (const on of [pipe, terminal]) await printRows(baseOf(on, { color: 'never' }), { rows, columns, empty: '' });
    expect(pipe.out()).toBe(`NAME  WHY\nr1    ${'x'.repeat(200)}\n`);
    expect(terminal.out().split('\n')[1]).toBe(`r1    ${'x'.repeat(33)}…`);
  });

  it('without rows says so on stderr, and is silent on stdout', async () => {
    const on = stage();
    await printRows(baseOf(on), { rows: [], columns, empty: 'nothing there' });
    expect([on.out(), on.err()]).toEqual(['', 'nothing there\n']);
  });

  it('is one JSON line a row with -o jsonl', async () => {
    const on = stage();
    await printRows(baseOf(on, { output: 'jsonl' }), { rows: [1, 2], columns: [], empty: '' });
    expect(on.out()).toBe('1\n2\n');
  });
});

describe('colour', () => {
  const printed = async (color: 'auto' | 'always' | 'never', env: Record<string, string>, terminal: boolean): Promise<string> => {
    const on = stage({ env, terminal: { stdin: false, stdout: terminal, stderr: false, columns: 80, rows: 20 } });
    await printDocument(baseOf(on, { color }), null, () => [text`${styled('red', 'failed')}`]);
    return on.out();
  };

  it('needs a terminal that wants it, or the flag', async () => {
    const red = '\u001b[31mfailed\u001b[39m\n';
    expect(await printed('auto', {}, true)).toBe(red);
    expect(await printed('auto', {}, false)).toBe('failed\n');
    expect(await printed('auto', { NO_COLOR: '1' }, true)).toBe('failed\n');
    expect(await printed('auto', { TERM: 'dumb' }, true)).toBe('failed\n');
    expect(await printed('auto', { FORCE_COLOR: '1' }, false)).toBe(red);
    expect(await printed('always', { NO_COLOR: '1' }, false)).toBe(red);
    expect(await printed('never', {}, true)).toBe('failed\n');
  });
});
