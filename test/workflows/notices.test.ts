import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createActivities } from '../../activities/index.js';
import type { Zone } from '../../activities/zone.js';
import { id } from '../../lib/model/json.js';
import { NOTICE_EVENTS } from '../../lib/model/notice.js';
import { sha256 } from '../../lib/trust/canonical.js';
import { zoneQueue } from '../../workflows/messages.js';
import { startTestEngine, type TestEngine } from '../support/engine.js';
import { startWebReceiver, type WebReceiver } from '../support/receivers.js';
import { makeSite, type SiteFixture } from '../support/site-fixture.js';
import { snapshotFor, tellingZone } from '../support/telling-zone.js';
import type { tellAndEnd, Telling, watchZone } from '../support/telling.js';

const HOME = id<'zone'>('oob');
const CASE = { incident: id<'incident'>('inc-1'), launch: sha256<'statement'>('launch'), home: HOME };

let engine: TestEngine;
let client: Client;
let made: SiteFixture;
let receiver: WebReceiver;
let zone: Zone;
let running: Promise<void>;
const ends: (() => Promise<void>)[] = [];

beforeAll(async () => {
  const logger = new DefaultLogger('ERROR');
  Runtime.install({ logger });
  // Dead at first: it takes a notice the second time that it is sent.
  receiver = await startWebReceiver((response, posted) => {
    const name = posted.at(-1)?.headers['cofferdam-delivery'];
    const sent = posted.filter(({ headers }) => headers['cofferdam-delivery'] === name).length;
    response.writeHead(sent === 1 ? 503 : 200, { 'retry-after': '1' }).end();
  });
  made = await makeSite();
  zone = await tellingZone(
    made,
    `
notifications:
  - { id: pager, kind: webhook, url: ${receiver.url}, secret: vault://file/hmac }
  - { id: gone, kind: webhook, url: 'http://127.0.0.1:1/', secret: vault://file/hmac }
`,
  );
  await snapshotFor(zone, CASE.incident);
  engine = await startTestEngine();
  const connection = await Connection.connect({ address: engine.address });
  client = new Client({ connection, namespace: engine.namespace });
  const native = await NativeConnection.connect({ address: engine.address });
  const common = { connection: native, namespace: engine.namespace };
  const workflowsPath = fileURLToPath(new URL('../support/telling.ts', import.meta.url));
  const workers = [
    await Worker.create({ ...common, taskQueue: 'control', workflowBundle: await bundleWorkflowCode({ workflowsPath, logger }) }),
    await Worker.create({ ...common, taskQueue: zoneQueue(HOME), activities: createActivities(zone) }),
  ];
  running = Promise.all(workers.map((worker) => worker.run())).then(() => undefined);
  ends.push(
    () => {
      for (const worker of workers) worker.shutdown();
      return running;
    },
    () => native.close(),
    () => connection.close(),
    () => engine.stop(),
    () => receiver.close(),
    () => made.remove(),
  );
});
afterAll(async () => {
  for (const end of ends) await end();
});

const TELLING: Telling = {
  case: CASE,
  endpoints: [
    { endpoint: id('pager'), events: ['incident-ended'] },
    { endpoint: id('gone'), events: ['incident-ended', 'gate-expired'] },
  ],
};

it('an incident ends while its notices are under way, and each is sent until it is taken, under one id', async () => {
  const counts = await client.workflow.execute<typeof tellAndEnd>('tellAndEnd', {
    taskQueue: 'control',
    workflowId: 'incident/inc-1',
    args: [TELLING],
  });
  expect(counts).toMatchObject({ started: 3, undelivered: 0, withheld: 2 });
  expect(await client.workflow.getHandle('notify/inc-1/2/pager').result()).toEqual({ is: 'delivered' });
  expect(receiver.posted.map(({ headers }) => headers['cofferdam-delivery'])).toEqual(
    Array.from({ length: 2 }, () => 'example.inc-1.2.pager'),
  );
  expect((await client.workflow.getHandle('notify/inc-1/2/gone').describe()).status.name).toBe('RUNNING');
});

it('tells of a zone whose work nobody takes up, and not of one with a worker', async () => {
  const incident = id<'incident'>('inc-2');
  await snapshotFor(zone, incident);
  const counts = await client.workflow.execute<typeof watchZone>('watchZone', {
    taskQueue: 'control',
    workflowId: 'incident/inc-2',
    args: [{ case: { ...CASE, incident }, endpoints: [{ endpoint: id('pager'), events: NOTICE_EVENTS }], zone: id('empty') }],
  });
  expect(counts).toEqual({ started: 1, delivered: 1, undelivered: 0, withheld: 0 });
  expect(JSON.parse(receiver.posted.at(-1)?.body ?? '')).toMatchObject({ event: 'no-worker', zone: 'empty', incident });
});
