import { hostname } from 'node:os';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { createVantageActivities } from '../activities/vantage.js';
import { createDataConverter } from '../lib/codec/data-converter.js';
import { id } from '../lib/model/json.js';
import { readCodecKey } from '../lib/site/config.js';
import { vantageQueue } from '../workflows/messages.js';
import { checkCanary } from './canary.js';
import { connectEngine } from './engine.js';
import { demandAuthenticInput } from './interceptors.js';
import { temporalLogger } from './logger.js';

export interface VantageFlags {
  readonly state: string;
  readonly address: string;
  readonly namespace: string;
}

/** Serves one vantage point: tries the paths that its zone asks for, from where it stands. It needs no site directory, and of the state the codec key alone. */
export async function runVantage(zone: string, name: string, { state, address, namespace }: VantageFlags): Promise<void> {
  const log = pino({ base: null }, pino.destination(2));
  Runtime.install({ logger: temporalLogger(log) });
  const taskQueue = vantageQueue(id<'zone'>(zone), id<'vantage'>(name));
  const key = await readCodecKey(state);
  const client = await connectEngine(address);
  await checkCanary(client, namespace, key);
  await client.close();
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue,
    dataConverter: createDataConverter(key),
    identity: `${hostname()}:${String(process.pid)}`,
    activities: createVantageActivities(),
    interceptors: { activity: [demandAuthenticInput] },
    maxConcurrentActivityTaskExecutions: 4,
  });
  log.info({ address, namespace, taskQueue }, 'worker ready');
  await worker.run();
  await connection.close();
}
