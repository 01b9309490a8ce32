import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../cli/run.js';
import { stage } from '../support/desk.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cofferdam-cli-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function typed(...argv: string[]) {
  const on = stage({ cwd: folder });
  return { code: (await runCli(argv, on.context)) ?? on.answered(), out: on.out(), err: on.err() };
}

const errorOf = (err: string): unknown => JSON.parse(err.trimEnd().split('\n').at(-1) ?? '');

describe('a command line that does not parse', () => {
  it('exits 2, names the nearest command, and leaves stdout alone', async () => {
    const { code, out, err } = await typed('incident', 'opne');
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain("error: unknown command 'opne'\n  fix: (Did you mean open?)");
  });

  it.each([
    ['an unknown flag', ['incident', 'show', 'inc-1', '--wat']],
    ['a missing flag', ['incident', 'cancel', 'inc-1']],
    ['an id that is none', ['incident', 'show', '../../etc']],
    ['a form that does not exist', ['incident', 'list', '-o', 'xml']],
    ['a choice that is not offered', ['incident', 'resolve', 'inc-1', 'r1', '--step', 'triage', '--choice', 'later']],
    ['a missing file', ['evidence', 'verify', 'case']],
    ['a person without a role', ['init', 'here', '--person', 'alice']],
  ])('exits 2 for %s', async (_what, argv) => {
    expect((await typed(...argv)).code).toBe(2);
  });

  it('is told as one line of JSON on stderr when JSON was asked for, wherever the flag stands', async () => {
    for (const form of [['-o', 'json'], ['--output=json'], ['-ojson'], ['-o', 'jsonl']]) {
      const { code, out, err } = await typed('incident', 'show', ...form);
      expect([code, out, err.trimEnd().split('\n').length]).toEqual([2, '', 1]);
      expect(errorOf(err)).toMatchObject({ error: { code: 'USAGE', exitCode: 2 } });
    }
  });

  it('is answered with the help when it stops short of a verb', async () => {
    const { code, out, err } = await typed('gate');
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('approve');
    expect(errorOf((await typed('gate', '-o', 'json')).err)).toMatchObject({ error: { code: 'USAGE' } });
  });
});

describe('help', () => {
  it('goes to stdout and exits 0', async () => {
    const { code, out, err } = await typed('--help');
    expect([code, err]).toEqual([null, '']);
    expect(out).toContain('evidence');
  });
});

describe('what a command needs and does not find', () => {
  it('is a configuration error: no site, no state', async () => {
    expect(errorOf((await typed('incident', 'list', '-o', 'json')).err)).toMatchObject({ error: { code: 'CONFIG_INVALID', exitCode: 2 } });
    expect(errorOf((await typed('target', 'list', '-o', 'json')).err)).toMatchObject({ error: { code: 'CONFIG_INVALID', exitCode: 2 } });
  });

  it('is a site directory with every problem by file and line', async () => {
    await writeFile(join(folder, 'site.yaml'), 'version: 1\nname: x\nwat: 1\n');
    await writeFile(join(folder, 'inventory.yaml'), 'version: 1\ntargets: [1]\n');
    const { code, err } = await typed('target', 'list');
    expect(code).toBe(2);
    expect(err).toMatch(/site\.yaml:3: .*wat/);
    expect(err).toMatch(/inventory\.yaml:2: /);
  });
});
