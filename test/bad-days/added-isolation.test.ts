import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { id } from '../../lib/model/json.js';
import { openScene, type Scene } from '../support/scene.js';

/** A firewall as a site command that keeps its rules in a file. The zone is cut off target by target, so an added target needs new rules. */
const FIREWALL = `const fs = require('fs');
const file = process.argv[2];
const read = () => (fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : { rules: null, armed: false });
let asked = '';
process.stdin.on('data', (part) => { asked += part; }).on('end', () => {
  const { act, rules, armedForS } = JSON.parse(asked);
  if (act === 'apply') fs.writeFileSync(file, JSON.stringify({ rules, armed: armedForS !== null }));
  if (act === 'release') fs.rmSync(file, { force: true });
  const status = { version: 1, identity: 'fw', intact: true, ...read() };
  console.log(JSON.stringify(act === 'status' ? status : { version: 1, accepted: true }));
});
`;
const Kept = z.object({ rules: z.object({ inside: z.array(z.string()) }) });
let folder: string;
let scene: Scene;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cofferdam-firewall-'));
  await writeFile(join(folder, 'firewall.cjs'), FIREWALL);
  const command = [process.execPath, join(folder, 'firewall.cjs'), join(folder, 'rules.json')];
  const enforcers = [{ name: id<'enforcer'>('fw'), kind: 'command', command, gateway: '10.9.0.1:22' } as const];
  const lists = { segment: ['127.0.0.0/8'], responders: ['10.9.0.5'], fallback: [], allowances: [], accepted: [], vantages: [] };
  scene = await openScene({ targets: 2, profile: 'small', isolation: { scope: 'targets', ...lists, enforcers, watchSeconds: 300 } });
  const runbook = 'version: 1\nname: cut\ntitle: Cut off\nphases:\n  - step: isolate\n  - step: triage\n';
  await writeFile(join(scene.site, 'runbooks', 'cut.yaml'), runbook);
  await scene.worker();
}, 120_000);
afterAll(async () => {
  await scene.close();
  await rm(folder, { recursive: true, force: true });
});

const signed = (who: string): string[] => ['--as', who, '--key', scene.keyOf(who), '--reason', 'test'];
const inside = async (): Promise<readonly string[]> =>
  Kept.parse(JSON.parse(await readFile(join(folder, 'rules.json'), 'utf8'))).rules.inside;
const hostOf = (target: string): string => new URL(scene.fleet.target(target).address).hostname;

it('cuts an added target off as well, and a release lifts all of it', async () => {
  await scene.cofferdam('incident', 'open', 'bmc-0001', '--id', 'cut', '--runbook', 'cut', ...signed('dana'));
  await scene.until('cut', ({ state }) => state === 'contained');
  expect(await inside()).toEqual([hostOf('bmc-0001')]);
  expect((await scene.cofferdam('incident', 'add', 'cut', 'bmc-0002', ...signed('dana'))).exitCode).toBe(0);
  const view = await scene.until('cut', ({ state, phases }) => state === 'contained' && phases.every(({ state: at }) => at === 'done'));
  expect([...(await inside())].sort()).toEqual([hostOf('bmc-0001'), hostOf('bmc-0002')].sort());
  expect(view.phases.map(({ step, held }) => [step, held])).toEqual([
    ['isolate', ['fw']],
    ['triage', []],
  ]);
  await scene.cofferdam('incident', 'release', 'cut', '--yes', ...signed('lena'));
  await scene.until('cut', ({ state }) => state === 'ended');
  await expect(inside()).rejects.toMatchObject({ code: 'ENOENT' });
});
