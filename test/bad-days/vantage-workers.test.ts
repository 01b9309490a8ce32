import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { entryOf, start, type Running } from '../../cli/drill/processes.js';
import { createDataConverter } from '../../lib/codec/data-converter.js';
import { probePaths, type AskVantage } from '../../lib/isolation/probe.js';
import { DEPENDENCIES, type Path } from '../../lib/model/isolation.js';
import { id } from '../../lib/model/json.js';
import type { Isolation, Vantage } from '../../lib/model/isolation-terms.js';
import { readCodecKey } from '../../lib/site/config.js';
import { askVantages } from '../../worker/ask-vantage.js';
import { vantageQueue } from '../../workflows/messages.js';
import { ask } from '../drill/bmc-client.js';
import { openGate, openScene, type Scene } from '../support/scene.js';

const ZONE = id<'zone'>('test');
const STREET: Vantage = { name: id('street'), at: 'outside', worker: true };
const ALLEY: Vantage = { name: id('alley'), at: 'outside', worker: true };
const LIMITS = { limitMs: 20_000, signal: new AbortController().signal };

const RUNBOOK = `version: 1
name: contain-and-freeze
title: Isolation and a freeze
phases:
  - step: isolate
  - step: lease
  - step: triage
  - step: freeze
    gate: change
`;

let scene: Scene;
let folder: string;
let gateway: Server;
let connection: Connection;
let asks: AskVantage;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cofferdam-vantage-'));
  gateway = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(gateway, 'listening');
  scene = await openScene({ targets: 1, profile: 'dell', compromise: false, isolation: isolation() });
  await writeFile(join(scene.site, 'runbooks', 'contain-and-freeze.yaml'), RUNBOOK);
  await scene.worker();
  connection = await Connection.connect({ address: scene.engine.address });
  const dataConverter = createDataConverter(await readCodecKey(scene.state));
  asks = askVantages(ZONE, { connection, namespace: scene.namespace, dataConverter });
});
afterAll(async () => {
  await connection.close();
  await scene.close();
  gateway.close();
  await rm(folder, { recursive: true, force: true });
});

it('proves nothing while no worker stands there, and the step says so', async () => {
  expect(await asks(STREET.name, '{}', LIMITS)).toMatchObject({ ended: 'missing' });
  expect(await statesFrom(STREET)).toEqual(['unknown', 'unknown']);
  await scene.open('inc-1', '--runbook', 'contain-and-freeze');
  const { phases } = await scene.until('inc-1', (view) => openGate(view) !== undefined);
  expect(phases[0]?.settled.map(({ verdict, targets }) => [verdict.is, 'code' in verdict ? verdict.code : null, targets])).toEqual([
    ['unverifiable', 'NO_VANTAGE', ['fw']],
  ]);
});

it('is no reason to hold up a freeze, in which the BMC lets in nobody but responders from then on', async () => {
  const [bmc] = scene.fleet.targets;
  const login = { body: { UserName: bmc?.userName, Password: bmc?.password }, from: '127.0.0.2' };
  const stranger = (): Promise<number> =>
    ask(bmc?.address ?? '', 'POST', '/redfish/v1/SessionService/Sessions', login).then(({ status }) => status);
  expect(await stranger()).toBe(201);
  await scene.decide('approve', 'inc-1', 'lena');
  const { phases } = await scene.until('inc-1', ({ state }) => state === 'contained');
  expect(phases.at(-1)?.settled.map(({ verdict }) => verdict.is)).toEqual(['done']);
  expect(await stranger()).toBe(401);
});

it('is believed once a worker stands there, which needs the codec key and no site, and the watch hears of it', async () => {
  const worker = await stand('street');
  expect(await statesFrom(STREET)).toEqual(['open', 'open']);
  // Nothing cuts loopback off: the worker sees that the way to the BMC is open.
  await scene.until('inc-1', ({ containment }) => containment[0]?.state === 'open');
  await worker.stop();
  expect(await asks(STREET.name, '{}', LIMITS)).toMatchObject({ ended: 'missing' });
});

it('is not believed when what polls its queue has not the codec key', async () => {
  const native = await NativeConnection.connect({ address: scene.engine.address });
  const results = [1, 2].map((n) => ({ id: String(n), reached: n === 1, how: 'closed, trust me' }));
  const stranger = await Worker.create({
    connection: native,
    namespace: scene.namespace,
    taskQueue: vantageQueue(ZONE, ALLEY.name),
    dataConverter: createDataConverter(randomBytes(32)),
    activities: {
      runProbe: () => Promise.resolve({ stdout: JSON.stringify({ version: 1, results }), stderr: '', ended: 'done', why: '' }),
    },
  });
  const states = await stranger.runUntil(() => statesFrom(ALLEY));
  await native.close();
  expect(states).toEqual(['unknown', 'unknown']);
});

/** A control that answers, and the BMC. */
async function statesFrom(vantage: Vantage): Promise<readonly string[]> {
  const [bmc] = scene.fleet.targets;
  const { hostname, port } = new URL(bmc?.address ?? '');
  const path = (name: string, to: string, at: number, must: Path['must']): Path => ({
    id: name,
    vantage: vantage.name,
    at: vantage.at,
    to,
    port: at,
    must,
  });
  const paths = [path('control', '127.0.0.1', portOf(gateway), 'reach'), path('bmc', hostname, Number(port), 'blocked')];
  const { limitMs: budgetMs, signal } = LIMITS;
  const { probed } = await probePaths({ paths, vantages: [vantage], budgetMs, signal, askVantage: asks });
  return probed.map(({ state }) => state);
}

/** The real program, with a state folder that holds the codec key alone. */
async function stand(name: string): Promise<Running> {
  const state = join(folder, name);
  await mkdir(state, { mode: 0o700 });
  await copyFile(join(scene.state, 'codec.key'), join(state, 'codec.key'));
  const engine = ['--address', scene.engine.address, '--namespace', scene.namespace];
  return start({
    program: 'worker',
    args: ['vantage', ZONE, name, '--state', state, ...engine],
    ready: (line) => (line.includes('worker ready') ? true : null),
  });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** All of loopback but where we come from is the segment. */
function isolation(): Isolation {
  const [control] = [`127.0.0.1:${String(portOf(gateway))}`];
  const probe = entryOf('worker').replace(/main\.js$/, 'probe.js');
  return {
    scope: 'targets',
    segment: ['1.0.0/16', '2.0.0/15', '4.0.0/14', '8.0.0/13', '16.0.0/12', '32.0.0/11', '64.0.0/10', '128.0.0/9'].map(
      (net) => `127.${net}`,
    ),
    responders: ['127.0.0.1'],
    fallback: [],
    allowances: [],
    accepted: DEPENDENCIES.map((dependency) => ({ dependency, reason: 'test' })),
    enforcers: [{ name: id('fw'), kind: 'command', command: [process.execPath, '-e', FIREWALL, join(folder, 'rules')], gateway: control }],
    watchSeconds: 5,
    vantages: [{ name: id('jump'), at: 'responder', command: [process.execPath, probe] }, STREET],
  };
}

/** A site command that remembers, and cuts nothing off. */
const FIREWALL = `
const fs = require('fs');
const file = process.argv[1];
let text = '';
process.stdin.on('data', (piece) => (text += piece)).on('end', () => {
  const { act, rules, armedForS } = JSON.parse(text);
  const none = { rules: null, armed: false };
  const known = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : none;
  if (act === 'apply') fs.writeFileSync(file, JSON.stringify({ rules, armed: armedForS !== null }));
  if (act === 'release') fs.rmSync(file, { force: true });
  const status = { version: 1, identity: 'firewall 1', intact: true, files: [], ...known };
  const accepted = { version: 1, accepted: true, ...(act === 'plan' ? { commands: [] } : {}) };
  process.stdout.write(JSON.stringify(act === 'status' ? status : accepted));
});`;
