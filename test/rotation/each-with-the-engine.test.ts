import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IncidentView } from '../../lib/model/incident.js';
import { id } from '../../lib/model/json.js';
import type { IntegrationTerms, RedfishTarget } from '../../lib/model/site.js';
import { FileStore } from '../../lib/vault/file-store.js';
import { Secret } from '../../lib/vault/secret.js';
import { openGate, openScene, type Scene } from '../support/scene.js';
import { count } from './cases.js';

/**
 * The shipped runbook `rotate` with the real engine: a BMC that wants our password changed before anything else, one that holds the secret of a server
 * whose command works, and one that holds that of a server whose command refuses until somebody mends it.
 */
const EXAMPLE = fileURLToPath(new URL('../../examples/integrations/radius-client.mjs', import.meta.url));
const [DEMANDS, WORKS, FAILS] = ['bmc-0001', 'bmc-0002', 'bmc-0003'] as const;
const BEFORE = 'known-to-all';
let folder: string;
let scene: Scene;
let parked: IncidentView;
let midway: readonly string[];
let ended: IncidentView;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cofferdam-integrations-'));
  await writeFile(fileOf('works'), clientWith(`  secret = ${BEFORE}\n`), { mode: 0o600 });
  await writeFile(fileOf('fails'), clientWith(''), { mode: 0o600 });
  scene = await openScene(
    { profile: 'openbmc', targets: 3, compromise: false, integrations: [termsOf('works'), termsOf('fails')] },
    undefined,
    holding,
  );
  const store = new FileStore(join(scene.state, 'secrets'));
  for (const name of ['works', 'fails']) await store.write(name, { userName: 'bmcs', password: Secret.of(BEFORE) });
  scene.fleet.target(DEMANDS).demandChange(scene.fleet.target(DEMANDS).userName);
  await scene.worker();
  await scene.open('rotate-1', '--runbook', 'rotate');
  await scene.until('rotate-1', (view) => openGate(view) !== undefined);
  await scene.decide('approve', 'rotate-1', 'lena');
  parked = await scene.until('rotate-1', (view) => view.parked.length === 2, 240_000);
  midway = [await current('works'), await current('fails'), await inForce('works')];
  await writeFile(fileOf('fails'), clientWith(`  secret = ${BEFORE}\n`));
  await scene.resolve('rotate-1', 'rotate', 'retry', FAILS);
  await scene.resolve('rotate-1', 'rotate', 'replan', DEMANDS);
  await scene.until('rotate-1', (view) => openGate(view) !== undefined);
  await scene.decide('approve', 'rotate-1', 'lena');
  ended = await scene.until('rotate-1', (view) => view.state === 'ended', 240_000);
}, 480_000);
afterAll(async () => {
  await scene.close();
  await rm(folder, { recursive: true, force: true });
});

function fileOf(name: string): string {
  return join(folder, `${name}.conf`);
}

function clientWith(line: string): string {
  return `client bmcs {\n${line}}\n`;
}

function termsOf(name: string): IntegrationTerms {
  return { name: id(name), kind: 'radius', secret: `vault://file/${name}`, command: [process.execPath, EXAMPLE, '--file', fileOf(name)] };
}

function holding(target: RedfishTarget): RedfishTarget {
  const held = target.id === WORKS ? ['works'] : target.id === FAILS ? ['fails'] : [];
  return { ...target, allow: { ...target.allow, integrations: held.map((name) => id<'integration'>(name)) } };
}

async function current(name: string): Promise<string> {
  return (await new FileStore(join(scene.state, 'secrets')).read(`vault://file/${name}`)).credential.password.reveal();
}

async function inForce(name: string): Promise<string> {
  return /secret = (.*)/.exec(await readFile(fileOf(name), 'utf8'))?.[1] ?? '';
}

async function isRotated(target: string): Promise<boolean> {
  const found = scene.fleet.target(target);
  return found.works(found.userName, await current(target)) && !found.works(found.userName, found.password);
}

describe('a rotation with the engine', () => {
  it('of a BMC that wants our password changed first does that, and waits for a person who has the rest planned', async () => {
    const found = parked.parked.find(({ target }) => target === DEMANDS);
    expect(found?.state).toMatchObject({ code: 'PLAN_AGAIN', offers: ['replan', 'skip', 'abort'] });
    const changes = scene.fleet.wire.entries.filter(
      ({ target, method, uri }) => target === DEMANDS && method === 'PATCH' && uri.includes('/Accounts/'),
    );
    // The first one, and the one of the whole plan.
    expect([changes.length, await isRotated(DEMANDS)]).toEqual([2, true]);
    await count('rotations with the engine');
  });

  it('renews the secret that a BMC holds at its server, once the gate is open', async () => {
    const [works, , file] = midway;
    expect([works === BEFORE, works === file, await isRotated(WORKS)]).toEqual([false, true, true]);
    await count('rotations with the engine');
  });

  it('whose command refuses parks, keeps the secret before, and goes on when it was mended and somebody signed', async () => {
    const found = parked.parked.find(({ target }) => target === FAILS);
    expect([found?.state.code, midway[1]]).toEqual(['INTEGRATION_REFUSED', BEFORE]);
    expect([(await current('fails')) === BEFORE, await inForce('fails')]).toEqual([false, await current('fails')]);
    await count('rotations with the engine');
  });

  it('ends as done for all of them', () => {
    const rotated = ended.phases.find(({ step }) => step === 'rotate');
    expect(rotated?.settled.map(({ verdict, targets }) => [verdict.is, targets.length])).toEqual([['done', 3]]);
  });
});
