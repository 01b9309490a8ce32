import { afterAll, beforeAll, expect, it } from 'vitest';
import { changes, openGate, openScene, type Scene } from '../support/scene.js';

let scene: Scene;

beforeAll(async () => {
  scene = await openScene({ targets: 1, profile: 'small' });
});
afterAll(() => scene.close());

it('a worker stopped past its heartbeat keeps its target: the second one parks it and names the process, and nothing is sent twice', async () => {
  const [target] = scene.fleet.targets;
  const first = await scene.worker();
  await scene.open('stopped');
  await scene.until('stopped', (view) => openGate(view) !== undefined);
  const hold = scene.fleet.hold(target?.id ?? '', { method: 'PATCH' }, 'before');
  await scene.decide('approve', 'stopped', 'lena');
  await hold.reached;
  process.kill(first.pid, 'SIGSTOP');
  const second = await scene.worker();
  // The engine hands tasks to the stopped worker's open polls until each of them has timed out.
  const parked = await scene.until('stopped', (view) => view.parked.length > 0, 300_000);
  expect(parked.parked[0]?.state).toMatchObject({ code: 'LOCK_STUCK' });
  expect(parked.parked[0]?.state.why).toContain(String(first.pid));
  hold.release();
  process.kill(first.pid, 'SIGCONT');
  await scene.resolve('stopped', 'review-access', 'retry', target?.id ?? '');
  const ended = await scene.until('stopped', (view) => view.state === 'ended', 120_000);
  expect(ended.outcome).toBe('done');
  expect(new Set(changes(scene.fleet)).size).toBe(changes(scene.fleet).length);
  await second.stop();
}, 480_000);
