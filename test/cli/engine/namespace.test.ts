import { createServer } from 'node:net';
import { msToTs } from '@temporalio/common/lib/time.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prepareNamespace } from '../../../cli/engine/namespace.js';
import { withEngine } from '../../../cli/engine/probe.js';
import { ATTRIBUTE_TYPES } from '../../../cli/engine/search-attributes.js';
import { engineStatus } from '../../../cli/engine/status.js';
import { SEARCH_ATTRIBUTES } from '../../../lib/model/search-attributes.js';
import { freePort } from '../../../cli/engine/free-port.js';
import { startTestEngine, type TestEngine } from '../../support/engine.js';

let engine: TestEngine;
beforeAll(async () => {
  engine = await startTestEngine();
});
afterAll(async () => engine.stop());

describe('preparing a namespace', () => {
  test('gives it 90 days and every search attribute, and doing it again changes nothing', async () => {
    const ready = { retentionDays: 90, missing: [], mistyped: [] };
    expect((await engineStatus(engine)).state).toEqual(ready);
    await prepareNamespace({ ...engine, retentionDays: 90 });
    expect((await engineStatus(engine)).state).toEqual(ready);
  });

  test('raises a retention of a day, and never lowers one', async () => {
    await prepareNamespace({ address: engine.address, namespace: 'short', retentionDays: 1 });
    await prepareNamespace({ address: engine.address, namespace: 'short', retentionDays: 90 });
    expect((await statusOf('short')).state?.retentionDays).toBe(90);
    await prepareNamespace({ address: engine.address, namespace: 'short', retentionDays: 30 });
    expect((await statusOf('short')).state?.retentionDays).toBe(90);
  });

  test('refuses a search attribute that exists with another type, and says which', async () => {
    const namespace = 'mistyped';
    await withEngine(engine.address, async ({ workflowService, operatorService }) => {
      await workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs('1 day') });
      await expect
        .poll(async () =>
          operatorService.addSearchAttributes({
            namespace,
            searchAttributes: Object.fromEntries([SEARCH_ATTRIBUTES.targets].map((name) => [name, ATTRIBUTE_TYPES.Keyword])),
          }),
        )
        .toBeDefined();
    });
    await expect(prepareNamespace({ address: engine.address, namespace, retentionDays: 90 })).rejects.toMatchObject({
      code: 'ATTRIBUTE_TYPE',
    });
    expect((await statusOf(namespace)).state?.mistyped).toEqual([SEARCH_ATTRIBUTES.targets]);
  });
});

describe('asking an engine', () => {
  test('knows nothing of a namespace that was never prepared', async () => {
    expect(await statusOf('unheard-of')).toEqual({
      address: engine.address,
      namespace: 'unheard-of',
      server: (await statusOf('short')).server,
      state: null,
    });
  });

  test('that is not there, or is something else, is UNREACHABLE', async () => {
    const port = await freePort();
    const address = `127.0.0.1:${port}`;
    await expect(engineStatus({ address, namespace: 'x' })).rejects.toMatchObject({ code: 'UNREACHABLE' });
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    await expect(engineStatus({ address, namespace: 'x' })).rejects.toMatchObject({ code: 'UNREACHABLE' });
    server.close();
  });
});

async function statusOf(namespace: string): ReturnType<typeof engineStatus> {
  return engineStatus({ address: engine.address, namespace });
}
