import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestEngine, type TestEngine } from '../support/engine.js';
import { changes, openGate, openScene, type Scene } from '../support/scene.js';

let engine: TestEngine;
const scenes: Scene[] = [];

beforeAll(async () => {
  engine = await startTestEngine();
});
afterAll(async () => {
  for (const scene of scenes) await scene.close();
  await engine.stop();
});

async function scene(): Promise<Scene> {
  const made = await openScene({ targets: 1, profile: 'small' }, engine);
  scenes.push(made);
  return made;
}

describe('a worker that dies', () => {
  it('in the middle of the capture goes on where it was, without starting over', async () => {
    const { fleet, worker, open, until, decide } = await scene();
    const [target] = fleet.targets;
    const first = await worker();
    const hold = fleet.hold(target?.id ?? '', { method: 'GET', uri: '/redfish/v1/UpdateService' }, 'before');
    await open('capture-dies');
    await hold.reached;
    await first.kill();
    hold.release();
    await worker();
    const waiting = await until('capture-dies', (view) => openGate(view) !== undefined);
    expect(openGate(waiting)?.gate).toBe('change');
    await decide('approve', 'capture-dies', 'lena');
    const ended = await until('capture-dies', (view) => view.state === 'ended');
    expect(ended.outcome).toBe('done');
  });

  it('between send and outcome observes what it sent, and sends nothing twice', async () => {
    const { fleet, worker, open, until, decide } = await scene();
    const [target] = fleet.targets;
    const first = await worker();
    await open('answer-lost');
    await until('answer-lost', (view) => openGate(view) !== undefined);
    const hold = fleet.hold(target?.id ?? '', { method: 'PATCH' }, 'after');
    await decide('approve', 'answer-lost', 'lena');
    await hold.reached;
    await first.kill();
    hold.release();
    await worker();
    const ended = await until('answer-lost', (view) => view.state === 'ended');
    expect(ended.outcome).toBe('done');
    expect(changes(fleet).length).toBeGreaterThan(0);
    expect(new Set(changes(fleet)).size).toBe(changes(fleet).length);
  });

  it('before the BMC took its request leaves that operation to a human, and does not send it again', async () => {
    const { fleet, worker, open, until, decide, resolve } = await scene();
    const [target] = fleet.targets;
    const first = await worker();
    await open('never-arrived');
    await until('never-arrived', (view) => openGate(view) !== undefined);
    const hold = fleet.hold(target?.id ?? '', { method: 'PATCH' }, 'before');
    await decide('approve', 'never-arrived', 'lena');
    await hold.reached;
    await first.kill();
    hold.drop();
    await worker();
    const parked = await until('never-arrived', (view) => view.parked.length > 0);
    expect(parked.parked[0]?.state).toMatchObject({ code: 'NOT_OBSERVED', operation: 1 });
    expect(changes(fleet)).toHaveLength(1);
    await resolve('never-arrived', 'review-access', 'retry', target?.id ?? '');
    const ended = await until('never-arrived', (view) => view.state === 'ended');
    expect(ended.outcome).toBe('done');
  });
});
