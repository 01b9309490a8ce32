import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../cli/run.js';
import { openSeries } from '../../lib/evidence/series.js';
import { id, time } from '../../lib/model/json.js';
import { generateKey, type GeneratedKey } from '../../lib/trust/keys.js';
import { sha256 } from '../../lib/trust/canonical.js';
import { stage } from '../support/desk.js';
import { makeSite, type SiteFixture } from '../support/site-fixture.js';

let folder: string;
let archive: string;
let site: SiteFixture;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cofferdam-evidence-'));
  const collector = await generateKey({ name: 'Collector', email: 'collector@cofferdam.example' });
  await writeFile(join(folder, 'collector.asc'), collector.certificate);
  await sealed('inc-1', true, collector);
  await sealed('inc-3', false, collector);
  // One seal: of a folder without the case nobody can say that it is whole.
  archive = join(folder, 'out', 'inc-1', 'inc-1-r1-S00000001.tar');
  await writeFile(join(folder, 'acl.txt'), 'deny any');
  site = await makeSite();
});
/** A series as a zone's worker leaves it. */
async function sealed(incident: string, final: boolean, collector: GeneratedKey): Promise<void> {
  const series = await openSeries({
    root: join(folder, 'state/zones/a/incidents', incident, 'evidence'),
    incident: id(incident),
    series: id('r1'),
    launch: sha256('launch'),
    drill: true,
    actor: 'worker:a',
    host: 'host',
    collector,
  });
  await series.record('phase.ended', { step: 'triage', at: time(Date.now()) });
  await series.seal({ final, heads: null, atLeast: null });
  await series.close();
}
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await site.remove();
});

async function typed(...argv: string[]) {
  const on = stage({ cwd: folder, env: { COFFERDAM_STATE: 'state' } });
  const context = { ...on.context, now: Date.now };
  return { code: (await runCli(argv, context)) ?? on.answered(), out: on.out(), err: on.err() };
}

const KEYS = ['--keys', 'collector.asc'];

describe('evidence add', () => {
  const add = (series: string, ...more: readonly string[]) => [
    ...[
      'evidence',
      'add',
      'inc-3',
      'acl.txt',
      '--site',
      site.dir,
      '--series',
      series,
      '--from',
      'switch sw-1',
      '--reason',
      'by hand',
      '-o',
      'json',
    ],
    ...more,
  ];
  const TAKEN = ['--taken-at', '2026-01-02T03:04:05+01:00', '--as', 'rosa'];

  it('puts a file into an open series and prints the digest that a completion names', async () => {
    const { code, out } = await typed(...add('r1', ...TAKEN));
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      incident: 'inc-3',
      zone: 'a',
      series: 'r1',
      captures: [{ sha256: sha256('deny any'), size: 8 }],
    });
    const custody = await readFile(join(folder, 'state/zones/a/incidents/inc-3/evidence/r1/open/custody.jsonl'), 'utf8');
    expect(custody).toContain('"by":"rosa","from":"switch sw-1","takenAt":"2026-01-02T02:04:05.000Z","reason":"by hand"');
  });

  it.each<[string, () => readonly string[], string, number]>([
    ['a series that is not on this host', () => add('r9', ...TAKEN), 'NOT_HERE', 10],
    ['a closed series', () => ['evidence', 'add', 'inc-1', ...add('r1', ...TAKEN).slice(3)], 'CONFLICT', 11],
    ['a file that is not there', () => add('r1', ...TAKEN).map((word) => (word === 'acl.txt' ? 'none.txt' : word)), 'FILE_UNUSABLE', 1],
    ['a stranger', () => add('r1', '--taken-at', '2026-01-02T03:04:05Z', '--as', 'mallory'), 'PEOPLE_UNKNOWN', 10],
    ['a time without its zone', () => add('r1', '--taken-at', '2026-01-02T03:04:05', '--as', 'rosa'), 'USAGE', 2],
    ['a time to come', () => add('r1', '--taken-at', '2999-01-02T03:04:05Z', '--as', 'rosa'), 'USAGE', 2],
    ['no words about where from', () => add('r1', ...TAKEN, '--from', ' '), 'USAGE', 2],
  ])('adds nothing for %s', async (_what, argv, expected, exit) => {
    const { code, err } = await typed(...argv());
    expect(JSON.parse(err)).toMatchObject({ error: { code: expected } });
    expect(code).toBe(exit);
  });
});

describe('evidence', () => {
  it('is listed per series from the zone stores of this host', async () => {
    const { code, out } = await typed('evidence', 'list', 'inc-1', '-o', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject([{ zone: 'a', series: 'r1', seals: 1, final: true }]);
  });

  it('of an incident that is not on this host exits 10 and says where to run it', async () => {
    const { code, err } = await typed('evidence', 'list', 'inc-2', '-o', 'json');
    expect(code).toBe(10);
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'NOT_HERE', exitCode: 10 } });
  });

  it('is handed over once, and verified by exit code and report', async () => {
    expect((await typed('evidence', 'export', 'inc-1', '--out', 'out')).code).toBe(0);
    expect((await typed('evidence', 'export', 'inc-1', '--out', 'out')).code).toBe(11);
    const { code, out } = await typed('evidence', 'verify', archive, ...KEYS, '--drill', '-o', 'json');
    const report: unknown = JSON.parse(out);
    expect(report).toMatchObject({ refusals: [], seals: 1, series: ['r1'], signers: [{ role: 'collector' }] });
    expect(code).toBe(0);
    expect((await typed('evidence', 'verify', archive, ...KEYS)).code).toBe(3);
    await typed('evidence', 'export', 'inc-3', '--out', 'out');
    expect((await typed('evidence', 'verify', 'out/inc-3', ...KEYS, '--drill')).code).toBe(5);
    expect((await typed('evidence', 'verify', 'nowhere', ...KEYS)).code).toBe(10);
  });

  it('is INVALID for keys that did not sign, found in a file of several', async () => {
    const { certificate } = await generateKey({ name: 'Other', email: 'other@cofferdam.example' });
    await writeFile(join(folder, 'other.asc'), certificate);
    expect((await typed('evidence', 'verify', archive, '--keys', 'other.asc', '--drill')).code).toBe(3);
    await writeFile(join(folder, 'both.asc'), `${certificate}\n${await readFile(join(folder, 'collector.asc'), 'utf8')}`);
    expect((await typed('evidence', 'verify', archive, '--keys', 'both.asc', '--drill')).code).toBe(0);
  });
});
