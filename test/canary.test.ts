import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entryOf } from '../cli/drill/processes.js';
import type { GateView, IncidentView } from '../lib/model/incident.js';
import { FileStore } from '../lib/vault/file-store.js';
import { openScene, type Scene } from './support/scene.js';

/** Everything that meets a secret, and the rotation, which makes new ones. */
const RUNBOOK = `version: 1
name: canary
title: Preserve, review and rotate
phases:
  - step: triage
  - step: capture
    background: true
  - step: review-logs
  - step: review-access
    gate: change
  - step: rotate
    gate: change
`;

/** Every password and token of a whole incident, looked for in everything that the incident leaves behind or shows. */
let scene: Scene;
let canaries: readonly string[];
const shown = new Map<string, Buffer>();

beforeAll(async () => {
  scene = await openScene({ targets: 3, latencyMs: 5 });
  await writeFile(join(scene.site, 'runbooks', 'canary.yaml'), RUNBOOK);
  const env = { TEMPORAL_ADDRESS: scene.engine.address, TEMPORAL_NAMESPACE: scene.namespace };
  const worker = execa(process.execPath, [entryOf('worker'), '--site', scene.site, '--state', scene.state], {
    env,
    all: true,
    reject: false,
  });
  const processes: string[] = [];
  const watch = setInterval(() => void commandLines().then((lines) => processes.push(...lines)), 100);
  const outputs: string[] = [];
  const cofferdam = async (...args: string[]): Promise<void> => {
    const { stdout, stderr } = await scene.cofferdam(...args, '--verbose');
    outputs.push(stdout, stderr);
  };
  await cofferdam('target', 'inspect', 'bmc-0001');
  await scene.open('canary', '--runbook', 'canary');
  const decided = new Set<number>();
  const undecided = (view: IncidentView): GateView | undefined =>
    view.gates.find(({ state, round }) => state === 'open' && !decided.has(round));
  for (;;) {
    const view = await scene.until('canary', (now) => now.state === 'ended' || undecided(now) !== undefined, 120_000);
    const gate = undecided(view);
    if (gate === undefined) break;
    decided.add(gate.round);
    await cofferdam('gate', 'show', 'canary');
    await scene.decide('approve', 'canary', 'lena');
  }
  for (const args of [
    ['incident', 'show', 'canary'],
    ['incident', 'show', 'canary', '-o', 'json'],
    ['evidence', 'list', 'canary'],
  ])
    await cofferdam(...args);
  await cofferdam('evidence', 'export', 'canary', '--out', join(scene.folder, 'out'));
  // A wrong password, refused by the BMC, must not surface in the failure either.
  await scene.fleet.fault('bmc-0002', 'unauthorized');
  await cofferdam('target', 'inspect', 'bmc-0002');
  clearInterval(watch);
  worker.kill('SIGTERM');
  const ended = await worker;
  shown.set('process list', Buffer.from(processes.join('\n')));
  shown.set('output of the desk', Buffer.from(outputs.join('\n')));
  shown.set('output of the worker', Buffer.from(ended.all));
  for (const workflow of await histories()) shown.set(...workflow);
  const store = new FileStore(join(scene.state, 'secrets'));
  const rotated = await Promise.all(scene.fleet.targets.map(({ id }) => store.read(`vault://file/${id}`)));
  canaries = [
    ...scene.fleet.targets.map(({ password }) => password),
    ...rotated.map(({ credential }) => credential.password.reveal()),
    ...scene.fleet.tokens(),
  ];
});
afterAll(() => scene.close());

async function commandLines(): Promise<string[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  return Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')));
}

/** Histories as the desk decodes them: what would be readable with the codec key. */
async function histories(): Promise<[string, Buffer][]> {
  const all: [string, Buffer][] = [];
  for await (const { workflowId, runId } of scene.client.workflow.list()) {
    const history = await scene.client.workflow.getHandle(workflowId, runId).fetchHistory();
    const payloads = payloadsIn(history);
    const decoded = (
      await Promise.all(scene.client.options.loadedDataConverter.payloadCodecs.map((codec) => codec.decode(payloads)))
    ).flat();
    all.push([`history of ${workflowId}`, Buffer.concat(decoded.map(({ data }) => Buffer.from(data ?? [])))]);
  }
  return all;
}

type Payloads = Parameters<NonNullable<Scene['client']['options']['loadedDataConverter']['payloadCodecs']>[number]['decode']>[0];

function payloadsIn(value: unknown): Payloads {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  if ('metadata' in value && 'data' in value && value.data instanceof Uint8Array)
    return [{ metadata: bytesOf(value.metadata), data: value.data }];
  return Object.values(value).flatMap(payloadsIn);
}

function bytesOf(metadata: unknown): Record<string, Uint8Array> {
  const entries = typeof metadata === 'object' && metadata !== null ? Object.entries(metadata) : [];
  return Object.fromEntries(entries.flatMap(([name, value]: [string, unknown]) => (value instanceof Uint8Array ? [[name, value]] : [])));
}

async function filesBelow(folder: string, except: (path: string) => boolean): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !except(path));
}

describe('passwords and session tokens of a whole incident', () => {
  it('are there to be found, in the secret store and at the BMCs', async () => {
    expect(canaries.length).toBeGreaterThan(6);
    expect(new Set(canaries.slice(0, 2 * scene.fleet.targets.length)).size).toBe(2 * scene.fleet.targets.length);
    const [first] = scene.fleet.targets;
    expect(first?.works(first.userName, canaries[scene.fleet.targets.length] ?? '')).toBe(true);
  });

  it('are in no history, no output and no process list', () => {
    const found = [...shown].filter(([, bytes]) => canaries.some((canary) => bytes.includes(canary))).map(([where]) => where);
    expect(found).toEqual([]);
    expect([...shown.keys()].filter((where) => where.startsWith('history')).length).toBeGreaterThan(3);
  });

  it('are in no file: neither evidence, archive, plans and records nor the database of the engine', async () => {
    const paths = [
      ...(await filesBelow(scene.folder, (path) => path.startsWith(join(scene.state, 'secrets')))),
      ...(await filesBelow(scene.engine.folder, () => false)),
    ];
    const found: string[] = [];
    for (const path of paths) {
      const bytes = await readFile(path);
      if (canaries.some((canary) => bytes.includes(canary) || bytes.includes(Buffer.from(canary).toString('base64')))) found.push(path);
    }
    expect(found).toEqual([]);
    expect(paths.some((path) => path.endsWith('engine.sqlite'))).toBe(true);
    expect(paths.some((path) => path.endsWith('.tar'))).toBe(true);
  });
});
