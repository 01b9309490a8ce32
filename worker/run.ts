import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Connection } from '@temporalio/client';
import { pino } from 'pino';
import { createActivities } from '../activities/index.js';
import { openZone } from '../activities/zone.js';
import { createDataConverter } from '../lib/codec/data-converter.js';
import { id, type Id } from '../lib/model/json.js';
import { loadConfig, readCodecKey, readCollector, stateFolder, type Config } from '../lib/site/config.js';
import { loadSite, type LoadedSite } from '../lib/site/load.js';
import { checkTrustRoot } from '../lib/site/trust-root.js';
import type { Stores } from '../lib/vault/stores.js';
import { CONTROL_QUEUE, zoneQueue } from '../workflows/messages.js';
import { askVantages } from './ask-vantage.js';
import { checkCanary } from './canary.js';
import { connectEngine, engineOf } from './engine.js';
import { keepHeapSmall } from './heap.js';
import { demandAuthenticInput } from './interceptors.js';
import { temporalLogger } from './logger.js';
import { storesOf } from './stores.js';

export interface WorkerFlags {
  readonly site: string;
  readonly state?: string;
  readonly zone?: readonly string[];
  readonly control?: boolean;
  readonly address?: string;
  readonly namespace?: string;
}

/** Reads configuration, builds the dependencies, and runs Temporal workers until a signal ends them. */
export async function runWorker(flags: WorkerFlags): Promise<void> {
  keepHeapSmall();
  const log = pino({ base: null }, pino.destination(2));
  Runtime.install({ logger: temporalLogger(log) });
  const loaded = await loadSite(flags.site);
  const state = stateFolder(flags.state, loaded.site.name);
  const config = await loadConfig(state);
  await checkTrustRoot(loaded, config.trustRoot);
  const key = await readCodecKey(state);
  const { address, namespace } = engineOf(loaded.site, flags);

  const secrets = storesOf(loaded, state);
  const client = await connectEngine(address);
  await checkCanary(client, namespace, key);

  const connection = await NativeConnection.connect({ address });
  const common = {
    connection,
    namespace,
    dataConverter: createDataConverter(key),
    identity: `${hostname()}:${String(process.pid)}`,
    shutdownGraceTime: '30s',
    shutdownForceTime: '2m',
  } as const;
  const workers = [
    ...(await controlWorkers(flags, common)),
    ...(await Promise.all(zonesOf(flags, loaded).map((zone) => zoneWorker(zone, flags, state, config, secrets, common, client)))),
  ];
  log.info({ address, namespace, zones: zonesOf(flags, loaded), control: servesControl(flags), state }, 'worker ready');
  await Promise.all(workers.map((worker) => worker.run()));
  await Promise.all([connection.close(), client.close()]);
}

type Common = Required<Pick<WorkerOptions, 'namespace' | 'dataConverter'>> &
  Pick<WorkerOptions, 'connection' | 'identity' | 'shutdownGraceTime' | 'shutdownForceTime'>;

async function controlWorkers(flags: WorkerFlags, common: Common): Promise<Worker[]> {
  if (!servesControl(flags)) return [];
  return [
    await Worker.create({
      ...common,
      taskQueue: CONTROL_QUEUE,
      workflowBundle: { codePath: fileURLToPath(new URL('../workflow-bundle.js', import.meta.url)) },
      // Above the number of live shards: a cache too small doubles the work.
      maxCachedWorkflows: 300,
      stickyQueueScheduleToStartTimeout: '2s',
    }),
  ];
}

async function zoneWorker(
  zone: Id<'zone'>,
  flags: WorkerFlags,
  state: string,
  config: Config,
  secrets: Stores,
  common: Common,
  client: Connection,
): Promise<Worker> {
  const collector = await readCollector(state);
  return Worker.create({
    ...common,
    taskQueue: zoneQueue(zone),
    activities: createActivities(
      openZone({
        id: zone,
        siteDir: flags.site,
        state,
        config,
        secrets,
        collector,
        host: hostname(),
        askVantage: askVantages(zone, { connection: client, namespace: common.namespace, dataConverter: common.dataConverter }),
      }),
    ),
    interceptors: { activity: [demandAuthenticInput] },
    maxConcurrentActivityTaskExecutions: 50,
    maxHeartbeatThrottleInterval: '3s',
    defaultHeartbeatThrottleInterval: '3s',
  });
}

function servesControl(flags: WorkerFlags): boolean {
  return flags.control === true || flags.zone === undefined;
}

function zonesOf(flags: WorkerFlags, loaded: LoadedSite): readonly Id<'zone'>[] {
  if (flags.zone !== undefined) return flags.zone.map((zone) => id<'zone'>(zone));
  return flags.control === true ? [] : loaded.site.zones.map((zone) => zone.id);
}
