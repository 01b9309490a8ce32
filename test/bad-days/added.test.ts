import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Said } from '../../cli/drill/processes.js';
import type { IncidentView } from '../../lib/model/incident.js';
import { openScene, type Scene } from '../support/scene.js';

/** Targets that are taken into a running incident, with the real engine; three targets are the most that one person launches on. */
let scene: Scene;

const RUNBOOK = `version: 1
name: short
title: Hold, preserve, review
phases:
  - step: lease
  - step: triage
  - step: review-access
    gate: change
`;
const [FIRST, SECOND, THIRD, LEASED] = ['bmc-0001', 'bmc-0002', 'bmc-0003', 'bmc-0004'] as const;

beforeAll(async () => {
  scene = await openScene({ targets: 6, profile: 'small' });
  await writeFile(join(scene.site, 'runbooks', 'short.yaml'), RUNBOOK);
  const file = join(scene.site, 'site.yaml');
  const policy = (await readFile(file, 'utf8'))
    .replace('cosignersAbove: 50', 'cosignersAbove: 2')
    .replace(/roles:\n(\s*)- responder\n(\s*)cosigners/, 'roles:\n$1- responder\n$1- lead\n$2cosigners');
  await writeFile(file, policy);
  expect(await scene.cofferdam('policy', 'sign', '--key', scene.keyOf('lena'))).toMatchObject({ exitCode: 0 });
  await scene.worker();
  await open('main', FIRST);
  await scene.until('main', (view) => rounds(view, 'open').length === 1);
}, 240_000);
afterAll(() => scene.close());

const signed = (who: string): string[] => ['--as', who, '--key', scene.keyOf(who), '--reason', 'test'];
const open = (incident: string, target: string): Promise<Said> =>
  scene.cofferdam('incident', 'open', target, '--id', incident, '--runbook', 'short', ...signed('dana'));
const add = (target: string, who = 'dana', incident = 'main'): Promise<Said> =>
  scene.cofferdam('incident', 'add', incident, target, ...signed(who), '-o', 'json');
const rounds = (view: IncidentView, state: string): readonly number[] =>
  view.gates.filter((gate) => gate.gate === 'change' && gate.state === state).map(({ round }) => round);
const codeOf = ({ exitCode, stderr }: Said): unknown => {
  const told: unknown = JSON.parse(stderr.trim().split('\n').at(-1) ?? '');
  return [exitCode, told];
};
const refused = (exitCode: number, code: string): readonly unknown[] => [exitCode, { error: { code } }];

describe('a target that is added to a running incident', () => {
  it('goes through its phases, and has a round of its own beside the one that is open', async () => {
    const before = await scene.view('main');
    expect(await add(SECOND)).toMatchObject({ exitCode: 0 });
    const view = await scene.until('main', (now) => rounds(now, 'open').length === 2);
    expect(view.gates[0]).toEqual(before.gates[0]);
    expect(view.gates[1]).toMatchObject({ round: 2, targets: 1, step: 'review-access' });
    expect(view).toMatchObject({ targets: 2, added: [{ by: 'dana', targets: 1, state: 'in' }] });
    expect(view.phases.map(({ step, held, settled }) => [step, held, settled.flatMap(({ targets }) => targets)])).toEqual([
      ['lease', [FIRST, SECOND], [FIRST, SECOND]],
      ['triage', [], [FIRST, SECOND]],
      ['review-access', [], []],
    ]);
    expect(await scene.cofferdam('freeze', 'check', SECOND)).toMatchObject({ exitCode: 3 });
  });

  it('is refused when it is in already', async () => {
    expect(codeOf(await add(SECOND))).toMatchObject(refused(3, 'ALREADY_IN'));
    expect(codeOf(await add(FIRST))).toMatchObject(refused(3, 'ALREADY_IN'));
  });

  it('waits for a co-signer above the number of a launch, who is somebody else, and nothing is asked of it before', async () => {
    const asked = (): number => scene.fleet.wire.entries.filter(({ target }) => target === THIRD).length;
    expect(await add(THIRD, 'lena')).toMatchObject({ exitCode: 8 });
    expect(await add(THIRD, 'lena')).toMatchObject({ exitCode: 3 });
    const shown = await scene.cofferdam('gate', 'show', 'main', 'launch');
    expect([shown.exitCode, shown.stdout.includes('lena asks to add targets')]).toEqual([0, true]);
    expect(codeOf(await cosign('lena'))).toMatchObject(refused(4, 'REQUESTER_EXCLUDED'));
    expect([asked(), (await scene.view('main')).targets]).toEqual([0, 2]);
    expect(await cosign('dana')).toMatchObject({ exitCode: 0 });
    const view = await scene.until('main', (now) => rounds(now, 'open').length === 3);
    expect([view.targets, view.added.map(({ state }) => state)]).toEqual([3, ['in', 'in']]);
  });

  it('is refused while another incident holds it: exit 11', async () => {
    await open('other', LEASED);
    await scene.until('other', (view) => view.phases.some(({ step, held }) => step === 'lease' && held.length === 1));
    expect(codeOf(await add(LEASED))).toMatchObject(refused(11, 'LEASE_HELD'));
    expect((await scene.view('main')).targets).toBe(3);
  });

  it('is refused when its record is not the one that the launch binds', async () => {
    const file = join(scene.site, 'inventory.yaml');
    const inventory = await readFile(file, 'utf8');
    await writeFile(file, inventory.replace(scene.fleet.target('bmc-0005').address, 'https://127.0.0.1:9'));
    expect(codeOf(await add('bmc-0005'))).toMatchObject(refused(3, 'RECORD_DIFFERS'));
    await writeFile(file, inventory);
  });

  it('is acted on under the round that was approved for it, and its evidence holds', async () => {
    for (const round of rounds(await scene.view('main'), 'open')) await scene.decide('approve', 'main', 'lena', round);
    const done = await scene.until('main', ({ state }) => state === 'contained');
    const review = done.phases.find(({ step }) => step === 'review-access');
    expect(review?.settled.map(({ verdict, targets }) => [verdict.is, [...targets].sort()])).toEqual([['done', [FIRST, SECOND, THIRD]]]);
    await scene.cofferdam('incident', 'release', 'main', '--yes', ...signed('luis'));
    await scene.until('main', ({ state }) => state === 'ended');
    const out = join(scene.folder, 'export');
    expect(await scene.cofferdam('evidence', 'export', 'main', '--out', out)).toMatchObject({ exitCode: 0 });
    const keys = join(scene.state, 'collector.asc');
    const verified = await scene.cofferdam('evidence', 'verify', join(out, 'main'), '--keys', keys, '--drill', '-o', 'json');
    expect([verified.exitCode, JSON.parse(verified.stdout)]).toMatchObject([
      0,
      { verdict: 'VALID', series: [FIRST, SECOND, THIRD, 'case'] },
    ]);
  });

  it('is refused once the incident has ended', async () => {
    expect(codeOf(await add('bmc-0006'))).toMatchObject(refused(3, 'INCIDENT_ENDED'));
  });
});

function cosign(who: string): Promise<Said> {
  return scene.cofferdam('gate', 'approve', 'main', 'launch', '--yes', ...signed(who), '-o', 'json');
}
