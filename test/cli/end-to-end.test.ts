import { once } from 'node:events';
import { copyFile, cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { entryOf, type Running } from '../../cli/drill/processes.js';
import { id, time } from '../../lib/model/json.js';
import { zoneLayout } from '../../lib/store/layout.js';
import { openLeases } from '../../lib/store/leases.js';
import { sha256 } from '../../lib/trust/canonical.js';
import { openGate, openScene, type Scene } from '../support/scene.js';

let scene: Scene;
let worker: Running;

beforeAll(async () => {
  scene = await openScene({ targets: 2, profile: 'small' });
});
afterAll(() => scene.close());

const parsed = (text: string): unknown => JSON.parse(text.trimEnd().split('\n').at(-1) ?? '');
const signedBy = (person: string): string[] => ['--as', person, '--key', scene.keyOf(person), '--reason', 'test'];

it('an incident that nobody works on says so, and what to start', async () => {
  expect((await scene.open('desk')).exitCode).toBe(0);
  const { exitCode, stdout } = await scene.cofferdam('incident', 'show', 'desk');
  expect(exitCode).toBe(8);
  expect(stdout).toContain('no control worker polls');
  expect(stdout).toContain('no worker of zone test polls');
  expect((await scene.cofferdam('freeze', 'check', 'bmc-0001', '--timeout', '1')).exitCode).toBe(3);
});

it('opening it again is no conflict with the same launch, and one with another', async () => {
  expect((await scene.open('desk')).stdout).toContain('opened before');
  const other = await scene.cofferdam('incident', 'open', 'bmc-0001', '--id', 'desk', ...signedBy('dana'), '-o', 'json');
  expect(other.exitCode).toBe(11);
  expect(parsed(other.stderr)).toMatchObject({ error: { code: 'CONFLICT' } });
});

it('once a worker runs, watch ends with 8 at the gate, and gate show reads the plans', async () => {
  worker = await scene.worker();
  await scene.until('desk', (view) => openGate(view) !== undefined);
  const watched = await scene.cofferdam('incident', 'watch', 'desk', '--exit-status', '-o', 'jsonl');
  expect(watched.exitCode).toBe(8);
  expect(parsed(watched.stdout)).toMatchObject({ subject: 'gate', state: 'open' });
  const { exitCode, stdout } = await scene.cofferdam('gate', 'show', 'desk', '-o', 'json');
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ incident: 'desk', root: openGate(await scene.view('desk'))?.root });
});

it('whoever asks before touching a BMC is told of a lease, and of nothing but an answer that it is free', async () => {
  const check = async (target: string, ...flags: readonly string[]) => {
    const { exitCode, stdout } = await scene.cofferdam('freeze', 'check', target, '-o', 'json', ...flags);
    return { exitCode, answer: parsed(stdout.replaceAll('\n', '')) };
  };
  expect(await check('bmc-0001')).toMatchObject({ exitCode: 0, answer: { frozen: false } });
  const owner = { incident: id<'incident'>('another'), launch: sha256<'statement'>('another') };
  await openLeases(zoneLayout(scene.state, id('test')).leases).take(id('bmc-0001'), owner, time(0));
  expect(await check('bmc-0001')).toMatchObject({ exitCode: 3, answer: { incident: 'another', since: time(0), reason: 'lease' } });
  expect(await check('bmc-0002')).toMatchObject({ exitCode: 0 });
  expect((await scene.cofferdam('freeze', 'list', '-o', 'jsonl')).stdout).toContain('"target":"bmc-0001"');
  // In the inventory of this desk, and not in that of the zone's worker.
  const site = join(scene.folder, 'newer-site');
  await cp(scene.site, site, { recursive: true });
  const inventory = await readFile(join(site, 'inventory.yaml'), 'utf8');
  await writeFile(join(site, 'inventory.yaml'), inventory.replaceAll('bmc-0002', 'bmc-0009'));
  expect(await check('bmc-0009', '--site', site)).toMatchObject({ exitCode: 3, answer: { reason: 'no-answer' } });
  expect(await check('bmc-0001', '--address', '127.0.0.1:1')).toMatchObject({ exitCode: 3, answer: { reason: 'no-answer' } });
  await openLeases(zoneLayout(scene.state, id('test')).leases).giveBack(id('bmc-0001'), owner.incident);
  expect(await check('bmc-0001')).toMatchObject({ exitCode: 0 });
});

it('Ctrl-C detaches from watch with 130, and the incident goes on', async () => {
  const env = { ...process.env, TEMPORAL_ADDRESS: scene.engine.address, TEMPORAL_NAMESPACE: scene.namespace };
  const watch = spawn(process.execPath, [entryOf('cli'), '--site', scene.site, '--state', scene.state, 'incident', 'watch', 'desk'], {
    env,
  });
  await once(watch.stdout, 'data');
  const exited = once(watch, 'exit');
  watch.kill('SIGINT');
  expect(await exited).toEqual([130, null]);
  expect((await scene.view('desk')).state).toBe('waiting');
});

it('inspects a target through the worker of its zone', async () => {
  const { exitCode, stdout } = await scene.cofferdam('target', 'inspect', 'bmc-0001', '-o', 'json');
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ identity: { serial: scene.fleet.targets.find(({ id }) => id === 'bmc-0001')?.serial } });
});

it('a desk with another codec key believes nothing', async () => {
  const state = join(scene.folder, 'other-state');
  await cp(scene.state, state, { recursive: true });
  await writeFile(join(state, 'codec.key'), randomBytes(32).toString('base64'), { mode: 0o600 });
  const shown = await scene.cofferdam('--state', state, 'incident', 'show', 'desk', '-o', 'json');
  expect(parsed(shown.stderr)).toMatchObject({ error: { code: 'NOT_AUTHENTIC', exitCode: 1 } });
  await copyFile(join(scene.state, 'codec.key'), join(state, 'codec.key'));
  expect((await scene.cofferdam('--state', state, 'incident', 'show', 'desk')).exitCode).toBe(8);
});

it('a statement that nobody confirms is unknown (124), and counts when a worker returns', async () => {
  await worker.kill();
  const sent = await scene.cofferdam('incident', 'cancel', 'desk', ...signedBy('dana'), '-o', 'json');
  expect(sent.exitCode).toBe(124);
  expect(parsed(sent.stderr)).toMatchObject({ error: { code: 'OUTCOME_UNKNOWN' } });
  worker = await scene.worker();
  const ended = await scene.until('desk', (view) => view.state === 'ended');
  expect(ended.outcome).toBe('cancelled');
  expect((await scene.cofferdam('incident', 'show', 'desk')).exitCode).toBe(1);
  expect((await scene.cofferdam('incident', 'cancel', 'desk', ...signedBy('dana'))).exitCode).toBe(3);
});

it('lists incidents, and finds none of an unknown id', async () => {
  const { stdout } = await scene.cofferdam('incident', 'list', '-o', 'json');
  expect(JSON.parse(stdout)).toMatchObject([{ incident: 'desk', state: 'cancelled', targets: 2 }]);
  expect((await scene.cofferdam('incident', 'show', 'nothing')).exitCode).toBe(10);
});

it('an engine that is not there is said at once', async () => {
  const { exitCode, stderr } = await scene.cofferdam('--address', '127.0.0.1:1', 'incident', 'list', '-o', 'json');
  expect(exitCode).toBe(1);
  expect(parsed(stderr)).toMatchObject({ error: { code: 'ENGINE_UNREACHABLE', exitCode: 1 } });
  expect(stderr).toContain('cofferdam engine start');
});
