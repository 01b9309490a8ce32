import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openGate, openScene, type Scene } from '../support/scene.js';

const RUNBOOK = `version: 1
name: freeze-alone
title: A freeze
phases:
  - step: triage
  - step: freeze
    gate: change
`;
const BMC = 'bmc-0001';
let scene: Scene;

beforeAll(async () => {
  scene = await openScene({ targets: 1, profile: 'dell', compromise: false });
  await writeFile(join(scene.site, 'runbooks', 'freeze-alone.yaml'), RUNBOOK);
  await scene.fleet.fault(BMC, 'lockdown-on');
  await scene.worker();
});
afterAll(() => scene.close());

const isLocked = (): boolean => scene.fleet.target(BMC).isLocked();

it('an iDRAC that was locked before is frozen, and locked when it is', async () => {
  await scene.open('inc-1', '--runbook', 'freeze-alone');
  await scene.until('inc-1', (view) => openGate(view) !== undefined);
  await scene.decide('approve', 'inc-1', 'lena');
  const { phases } = await scene.until('inc-1', ({ state }) => state === 'contained');
  expect([phases.at(-1)?.settled.map(({ verdict }) => verdict.is), isLocked()]).toEqual([['done'], true]);
});

it('where its release fails it waits for a person, locked, and a signed retry ends it, locked', async () => {
  const bmc = scene.fleet.target(BMC);
  bmc.givePassword(bmc.userName, 'Somebody-elses-1');
  await scene.cofferdam('incident', 'release', 'inc-1', '--yes', '--as', 'lena', '--key', scene.keyOf('lena'), '--reason', 'test');
  const { parked } = await scene.until('inc-1', (view) => view.parked.length > 0);
  expect([parked.map(({ state }) => state.code), isLocked()]).toEqual([['INVENTORY_LOGIN_REFUSED'], true]);
  bmc.givePassword(bmc.userName, bmc.password);
  await scene.resolve('inc-1', 'freeze', 'retry', BMC);
  const { phases } = await scene.until('inc-1', ({ state }) => state === 'ended');
  expect([phases.at(-1)?.held, isLocked()]).toEqual([[], true]);
});
