import { once } from 'node:events';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entryOf } from '../../cli/drill/processes.js';
import type { IncidentView } from '../../lib/model/incident.js';
import { openScene, type Scene } from '../support/scene.js';
import { isolationOf } from './enforced.js';
import { openLab, unavailable, type Lab } from './lab.js';

/** Where the attacker's host reaches the engine, which listens on another one's loopback. */
const ENGINE = '127.0.0.1:7233';

describe.skipIf(unavailable !== null)('a vantage point in the attacker’s network that a worker serves', () => {
  let lab: Lab;
  let scene: Scene;
  let engine: Server;
  let stop: (() => Promise<void>)[];

  beforeAll(async () => {
    stop = [];
    lab = await openLab();
    const { vantages, ...isolation } = await isolationOf(lab);
    const served = vantages.map(({ command, ...vantage }) =>
      vantage.at === 'outside' ? { ...vantage, worker: true as const } : { ...vantage, ...(command === undefined ? {} : { command }) },
    );
    // By name, and asked nothing: only its neighbours lie in the segment.
    scene = await openScene(
      { targets: 1, profile: 'small', isolation: { ...isolation, vantages: served, watchSeconds: 5 } },
      undefined,
      (target) => ({ ...target, address: 'https://localhost:1' }),
    );
    await writeFile(
      join(scene.site, 'runbooks', 'isolate-only.yaml'),
      'version: 1\nname: isolate-only\ntitle: Isolation\nphases:\n  - step: isolate\n',
    );
    await scene.worker();
    engine = await relay(lab, scene, stop);
  });
  afterAll(async () => {
    for (const end of stop.toReversed()) await end();
    engine.close();
    await scene.close();
    await lab.close();
  });

  it('proves nothing before a worker stands there', async () => {
    await scene.open('inc-1', '--runbook', 'isolate-only');
    const { containment, phases } = await scene.until('inc-1', ({ state, containment }) => state === 'contained' && containment.length > 0);
    expect(phases[0]?.settled.map(({ verdict }) => verdict.is)).toEqual(['done']);
    expect(new Set(outside(containment))).toEqual(new Set(['unknown']));
  });

  it('proves every way closed once one does, and nothing again when it is gone', async () => {
    const end = await stand(lab, scene);
    stop.push(end);
    const proven = await scene.until('inc-1', ({ containment }) => outside(containment).every((state) => state === 'closed'));
    expect(proven.containment[0]?.state).toBe('contained');
    await end();
    await scene.until('inc-1', ({ containment }) => outside(containment).every((state) => state === 'unknown'));
  });
});

/** What the probes from the attacker's network came to at the last look. */
function outside(containment: IncidentView['containment']): readonly string[] {
  const [{ paths } = { paths: [] }] = containment;
  return paths.filter(({ id, must }) => must === 'blocked' && id.startsWith('office')).map(({ state }) => state);
}

/** A file is reached from every network: one end of it listens in the attacker's, the other speaks to the engine. */
async function relay(lab: Lab, scene: Scene, stop: (() => Promise<void>)[]): Promise<Server> {
  const socket = join(lab.folder, 'engine.sock');
  const { hostname, port } = new URL(`http://${scene.engine.address}`);
  const server = createServer((from) => {
    const to = connect({ host: hostname, port: Number(port) });
    for (const end of [from, to]) end.on('error', () => [from, to].forEach((one) => one.destroy()));
    from.pipe(to).pipe(from);
  }).listen(socket);
  await once(server, 'listening');
  await lab.exec('attacker', ['ip', 'link', 'set', 'lo', 'up']);
  stop.push(await runAt(lab, [process.execPath, '-e', RELAY, socket], 'ready'));
  return server;
}

const RELAY = `
const net = require('net');
net.createServer((from) => {
  const to = net.connect(process.argv[1]);
  for (const end of [from, to]) end.on('error', () => [from, to].forEach((one) => one.destroy()));
  from.pipe(to).pipe(from);
}).listen(7233, '127.0.0.1', () => console.log('ready'));`;

/** The real program, in the attacker's network, with the codec key alone. */
async function stand(lab: Lab, scene: Scene): Promise<() => Promise<void>> {
  const state = join(lab.folder, 'state');
  await mkdir(state, { mode: 0o700 });
  await copyFile(join(scene.state, 'codec.key'), join(state, 'codec.key'));
  const flags = ['--state', state, '--address', ENGINE, '--namespace', scene.namespace];
  return runAt(lab, [process.execPath, entryOf('worker'), 'vantage', 'test', 'office', ...flags], 'worker ready');
}

/** Runs there until it is told to end; waits for a line with this in it. */
async function runAt(lab: Lab, argv: readonly string[], ready: string): Promise<() => Promise<void>> {
  const [program = '', ...args] = [...lab.prefix('attacker'), ...argv];
  const child = execa(program, args, { all: true, buffer: false, reject: false });
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.all }).on('line', (line) => (line.includes(ready) ? resolve() : undefined));
    void child.then(({ exitCode }) => reject(new Error(`it ended with ${String(exitCode)} before it was ready`)));
  });
  return async () => {
    child.kill('SIGTERM');
    await child;
  };
}
