import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findEngine } from '../../cli/engine/find.js';
import { changes, openGate, openScene, type Scene } from '../support/scene.js';

let scene: Scene;

beforeAll(async () => {
  scene = await openScene({ targets: 2, profile: 'small' });
  await scene.worker();
  await scene.open('engine');
  await scene.until('engine', (view) => openGate(view) !== undefined);
});
afterAll(() => scene.close());

it('an engine killed and restarted at a gate goes on with what it acknowledged', async () => {
  const before = openGate(await scene.view('engine'));
  await scene.engine.kill9();
  await scene.engine.restart();
  const after = await scene.until('engine', (view) => openGate(view) !== undefined);
  expect(openGate(after)).toEqual(before);
  await scene.decide('approve', 'engine', 'lena');
  const ended = await scene.until('engine', (view) => view.state === 'ended');
  expect(ended.outcome).toBe('done');
});

it('a shard whose history is reset to its start sends nothing again', async () => {
  const sent = changes(scene.fleet);
  expect(sent.length).toBeGreaterThan(0);
  const shards: string[] = [];
  for await (const execution of scene.client.workflow.list())
    if (execution.workflowId.includes('/carry-out-') && execution.workflowId.includes('/shard-')) shards.push(execution.workflowId);
  const [workflowId] = shards;
  if (workflowId === undefined) throw new Error('no carry-out shard in the list');
  const { binary } = await findEngine({ env: process.env, onLine: () => undefined });
  const place = ['--address', scene.engine.address, '--namespace', scene.namespace];
  await execa(binary, ['workflow', 'reset', '--workflow-id', workflowId, '--event-id', '4', '--reason', 'test', ...place]);
  const handle = scene.client.workflow.getHandle(workflowId);
  await handle.result();
  const history = await handle.fetchHistory();
  const attempts = history.events?.filter((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'attempt') ?? [];
  expect(attempts.length).toBeGreaterThan(0);
  expect(changes(scene.fleet)).toEqual(sent);
});
