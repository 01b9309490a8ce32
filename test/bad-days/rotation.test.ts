import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IncidentView } from '../../lib/model/incident.js';
import { FileStore } from '../../lib/vault/file-store.js';
import { openGate, openScene, type Scene } from '../support/scene.js';

/** The shipped runbook `rotate` with the real engine: one BMC as it should be, one whose answer is lost, one that takes the old secret as well. */
let scene: Scene;
let ended: IncidentView;
const [WHOLE, LOST, BOTH] = ['bmc-0001', 'bmc-0002', 'bmc-0003'] as const;

beforeAll(async () => {
  scene = await openScene({ profile: 'openbmc', targets: 3, compromise: false });
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

  it('gave each BMC one new password and no more', () => {
    const patches = scene.fleet.wire.entries.filter(({ method, uri }) => method === 'PATCH' && uri.includes('/Accounts/'));
    expect(patches.map(({ target }) => target).sort()).toEqual([WHOLE, LOST, BOTH]);
  });
});
