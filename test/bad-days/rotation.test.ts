import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IncidentView } from '../../lib/model/incident.js';
import { connect } from '../../lib/redfish/client.js';
import { FileStore } from '../../lib/vault/file-store.js';
import { Secret } from '../../lib/vault/secret.js';
import { listing } from '../support/rotating.js';
import { openGate, openScene, type Scene } from '../support/scene.js';

/** The shipped runbook `rotate` with the real engine: one BMC as it should be, one whose answer is lost, one that takes the old secret as well. */
let scene: Scene;
let ended: IncidentView;
let told: string;
let patchesBefore: number;
const [WHOLE, LOST, BOTH] = ['bmc-0001', 'bmc-0002', 'bmc-0003'] as const;
const METRICS = 'vault://file/metrics';
const SHARED = 'Shared-by-all-1';

beforeAll(async () => {
  scene = await openScene({ profile: 'openbmc', targets: 3, compromise: false }, undefined, listing('metrics', METRICS));
  told = join(scene.folder, 'told');
  const tell = `[/bin/sh, -c, "cat >> ${told}"]`;
  await appendFile(
    join(scene.site, 'site.yaml'),
    `\nnotifications: [{ id: users, kind: command, events: [secret-rotated], command: ${tell} }]\n`,
  );
  await shareMetrics();
  await scene.fleet.fault('bmc-0002', 'password-answer-lost');
  await scene.fleet.fault('bmc-0003', 'password-both-work');
  await scene.worker();
  await scene.open('rotate-1', '--runbook', 'rotate');
  await scene.until('rotate-1', (view) => openGate(view) !== undefined);
  await scene.decide('approve', 'rotate-1', 'lena');
  await scene.until('rotate-1', (view) => view.phases.some(({ step, parked }) => step === 'rotate' && parked === 1), 240_000);
  await scene.resolve('rotate-1', 'rotate', 'skip', 'bmc-0003');
  ended = await scene.until('rotate-1', (view) => view.state === 'ended');
}, 360_000);
afterAll(() => scene.close());

/** One login for the collector of metrics on all of them, as people have it. */
async function shareMetrics(): Promise<void> {
  for (const target of scene.fleet.targets) {
    const { address, pin, userName, password } = target;
    const credential = { userName, password: Secret.of(password) };
    const uri = target.logins().find((account) => account.userName === 'metrics')?.uri ?? '';
    const connection = await connect({ address, pin, credential, mode: 'read-write', signal: new AbortController().signal });
    await connection.send({ method: 'PATCH', uri, body: { Password: SHARED }, ifMatch: null, limitMs: 10_000 });
    await connection.close();
  }
  await new FileStore(join(scene.state, 'secrets')).write('metrics', { userName: 'metrics', password: Secret.of(SHARED) });
  patchesBefore = scene.fleet.wire.entries.length;
}

async function works(target: string): Promise<readonly [current: boolean, before: boolean]> {
  const found = scene.fleet.targets.find(({ id }) => id === target);
  if (found === undefined) throw new RangeError(target);
  const { credential } = await new FileStore(join(scene.state, 'secrets')).read(`vault://file/${target}`);
  return [found.works(found.userName, credential.password.reveal()), found.works(found.userName, found.password)];
}

describe('a rotation with the engine', () => {
  it.each([WHOLE, LOST])('%s takes the current secret of the vault, and no longer the one before', async (target) => {
    expect(await works(target)).toEqual([true, false]);
  });

  it('a BMC that takes both parks, and the secret before stays current, since it works', async () => {
    expect(await works(BOTH)).toEqual([true, true]);
    const rotated = ended.phases.find(({ step }) => step === 'rotate');
    expect(rotated?.settled.map(({ verdict, targets }) => [verdict.is, targets.length]).sort()).toEqual([
      ['done', 2],
      ['skipped', 1],
    ]);
  });

  it.each([WHOLE, LOST])('the secret that all BMCs shared is split: %s takes one of its own for that account', async (target) => {
    const found = scene.fleet.target(target);
    const { credential } = await new FileStore(join(scene.state, 'secrets')).read(`${METRICS}.${target}`);
    expect([found.works('metrics', credential.password.reveal()), found.works('metrics', SHARED)]).toEqual([true, false]);
  });

  it('whoever uses the secrets is told that they are new, in identifiers and counts', async () => {
    const notices = (await readFile(told, 'utf8')).trim().split('\n');
    expect(notices.map((line): unknown => JSON.parse(line))).toMatchObject([
      { event: 'secret-rotated', incident: 'rotate-1', step: 'rotate', targets: 2, zone: null, gate: null },
    ]);
  });

  it('gave each account one new password and no more, and on the BMC that parked none but ours', () => {
    const patches = scene.fleet.wire.entries
      .slice(patchesBefore)
      .filter(({ method, uri }) => method === 'PATCH' && uri.includes('/Accounts/'));
    expect(patches.map(({ target, uri }) => `${target} ${uri.split('/').at(-1) ?? ''}`).sort()).toEqual([
      `${WHOLE} metrics`,
      `${WHOLE} responder`,
      `${LOST} metrics`,
      `${LOST} responder`,
      `${BOTH} responder`,
    ]);
  });
});
