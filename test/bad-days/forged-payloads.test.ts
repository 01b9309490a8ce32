import { Client, Connection } from '@temporalio/client';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDataConverter } from '../../lib/codec/data-converter.js';
import { incidentWorkflowId, statementUpdate } from '../../workflows/messages.js';
import { openGate, openScene, type Scene } from '../support/scene.js';

let scene: Scene;

beforeAll(async () => {
  scene = await openScene({ targets: 1, profile: 'small' });
  await scene.worker();
  await scene.open('forged');
  await scene.until('forged', (view) => openGate(view) !== undefined);
});
afterAll(() => scene.close());

it('counts and drops plaintext and forged payloads, and the incident goes on', async () => {
  const connection = await Connection.connect({ address: scene.engine.address });
  const { namespace } = scene;
  const plain = new Client({ connection, namespace });
  const forger = new Client({ connection, namespace, dataConverter: createDataConverter(randomBytes(32)) });
  const text = '{"type":"cofferdam/statement","verb":"approve"}';
  for (const client of [plain, forger]) {
    const handle = client.workflow.getHandle(incidentWorkflowId('forged'));
    await expect(handle.executeUpdate(statementUpdate, { args: [{ text, signature: '' }] })).rejects.toThrow();
    await handle.signal('stop', { incident: 'forged', reason: 'cancelled' });
  }
  const counted = await scene.until('forged', (view) => view.refusedMessages === 4);
  expect(openGate(counted)?.approvals).toEqual([]);
  await connection.close();
  await scene.decide('approve', 'forged', 'lena');
  expect((await scene.until('forged', (view) => view.state === 'ended')).outcome).toBe('done');
});
