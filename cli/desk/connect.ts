import { createConnection } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import { createDataConverter } from '../../lib/codec/data-converter.js';
import type { Desk } from '../desk.js';
import { CliError } from '../error.js';
import type { Base } from '../globals.js';
import { readCodecKey } from '../place.js';
import { deliver } from './deliver.js';
import { explained } from './failures.js';
import { list, opened, start } from './incidents.js';
import type { Link } from './link.js';
import { enroll, frozen, inspect, read } from './read.js';
import { changeSchedule, enlist, schedule, schedules } from './schedules.js';
import { engineSettings } from './settings.js';
import { lastPolls, shard, shards, view } from './views.js';

/** Connects to the engine. Throws ENGINE_UNREACHABLE at once when nobody listens, instead of after the client's ten seconds. */
export async function connectDesk(base: Base): Promise<Desk> {
  const { connection: options, namespace } = await engineSettings(base);
  const converter = createDataConverter(await readCodecKey(base));
  const [codec] = converter.payloadCodecs;
  if (codec === undefined) throw new RangeError('the data converter has no codec');
  await probe(options.address);
  const connection = await Connection.connect({ ...options, connectTimeout: '3s' }).catch((cause: unknown) => {
    throw unreachable(options.address, cause);
  });
  const client = new Client({ connection, namespace, dataConverter: converter });
  const link: Link = { client, connection, codec, namespace, interrupted: base.context.interrupted };
  const soon = <T>(ask: () => Promise<T>): Promise<T> => explained(() => connection.withDeadline(Date.now() + ANSWER_MS, ask));
  return {
    start: (input) => soon(() => start(link, input)),
    list: () => soon(() => list(link)),
    opened: (incident) => soon(() => opened(link, incident)),
    view: (incident) => soon(() => view(link, incident)),
    shards: (sweep) => soon(() => shards(link, sweep)),
    shard: (workflowId) => soon(() => shard(link, workflowId)),
    lastPolls: (queue) => soon(() => lastPolls(link, queue)),
    deliver: (incident, signed) => explained(() => deliver(link, incident, signed)),
    read: (zone, incident, digest) => explained(() => read(link, { zone, incident, digest })),
    enroll: (zone, target, pin) => explained(() => enroll(link, { zone, target, pin })),
    inspect: (zone, target) => explained(() => inspect(link, { zone, target })),
    frozen: (zone, target, withinMs) => explained(() => frozen(link, { zone, target }, withinMs)),
    enlist: (input) => explained(() => enlist(link, input)),
    schedule: (input, launch, how) => soon(() => schedule(link, input, launch, how)),
    schedules: () => soon(() => schedules(link)),
    changeSchedule: (id, change) => soon(() => changeSchedule(link, id, change)),
    close: () => connection.close(),
  };
}

/** The engine answers in milliseconds; what waits for a worker has deadlines of its own. */
const ANSWER_MS = 15_000;

const PROBE_MS = 2_000;

async function probe(address: string): Promise<void> {
  const at = /^(?:\[(?<v6>[^\]]+)\]|(?<host>[^:]+))(?::(?<port>\d+))?$/.exec(address)?.groups;
  const host = at?.['v6'] ?? at?.['host'];
  if (host === undefined)
    throw new CliError('CONFIG_INVALID', `expected the engine as host:port, got ${address}`, {
      fix: 'correct --address, TEMPORAL_ADDRESS or site.yaml',
    });
  await new Promise<void>((resolve, reject) => {
    const socket = createConnection({ host, port: Number(at?.['port'] ?? 7233), timeout: PROBE_MS });
    const give = (cause: unknown): void => {
      socket.destroy();
      reject(unreachable(address, cause));
    };
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('timeout', () => {
      give(new Error(`no answer within ${String(PROBE_MS)} ms`));
    });
    socket.once('error', give);
  });
}

function unreachable(address: string, cause: unknown): CliError {
  return new CliError('ENGINE_UNREACHABLE', `no engine answers at ${address}`, {
    why: cause instanceof Error ? cause.message : String(cause),
    fix: 'start it with: cofferdam engine start (or name another with --address)',
    see: 'cofferdam engine status',
    cause,
  });
}
