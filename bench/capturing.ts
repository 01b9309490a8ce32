import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openSeries } from '../lib/evidence/series.js';
import type { Series } from '../lib/evidence/types.js';
import { digest, id, type Digest } from '../lib/model/json.js';
import { connect } from '../lib/redfish/client.js';
import type { Connection } from '../lib/redfish/types.js';
import { captureSlice, sealLongBag, type CaptureSlice } from '../lib/steps/capture.js';
import { triage } from '../lib/steps/triage.js';
import type { GeneratedKey } from '../lib/trust/keys.js';

/** One BMC as a bench knows it. */
export interface BenchTarget {
  readonly id: string;
  readonly address: string;
  readonly pin: Digest<'spki'>;
  readonly userName: string;
  readonly password: string;
}

export interface CaptureOptions {
  readonly target: BenchTarget;
  /** Null: as many as are known of the vendor. */
  readonly connections: number | null;
  readonly folder: string;
  readonly collector: GeneratedKey;
}

/** As the worker cuts it: each slice is a login and a logout. */
const SLICE = { sliceMs: 45_000, sliceReads: 4_000 };

/** Triage as the runbook does it, into a real evidence series, sealed. Seconds from the first connection to the seal. */
export async function triaged(options: CaptureOptions): Promise<number> {
  return withSeries(options, async (series) => {
    const started = performance.now();
    await withConnection(options, (connection) => triage(connection, series));
    await series.seal({ final: false, heads: null, atLeast: null });
    return (performance.now() - started) / 1_000;
  });
}

/** The full capture, slice by slice, into a real evidence series that each slice opens anew, as the worker does; `tell` hears of every URI. */
export async function captured(options: CaptureOptions, tell: (uri: string) => void): Promise<number> {
  const started = performance.now();
  for (;;) {
    const done = await withSeries(options, async (series) => {
      const slice = await withConnection(options, (connection) => sliceOf(options, series, connection, tell));
      if (!slice.done) await sealLongBag(series);
      return slice.done;
    });
    if (done) return (performance.now() - started) / 1_000;
  }
}

async function sliceOf(
  { folder }: CaptureOptions,
  series: Series,
  connection: Connection,
  tell: (uri: string) => void,
): Promise<CaptureSlice> {
  return captureSlice({
    connect: async () => connection,
    series: {
      stage: (capture) => {
        if ('answer' in capture) tell(capture.answer.uri);
        return series.stage(capture);
      },
      commit: () => series.commit(),
      markComplete: (classes) => series.markComplete(classes),
    },
    crawl: join(folder, 'crawl.jsonl'),
    signal: new AbortController().signal,
    limits: SLICE,
  });
}

async function withConnection<T>({ target, connections }: CaptureOptions, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await connect({
    address: target.address,
    pin: target.pin,
    credential: { userName: target.userName, password: { reveal: () => target.password } },
    mode: 'read-only',
    signal: new AbortController().signal,
    ...(connections === null ? {} : { connections }),
  });
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

async function withSeries<T>({ folder, collector, target }: CaptureOptions, work: (series: Series) => Promise<T>): Promise<T> {
  await mkdir(folder, { recursive: true });
  const series = await openSeries({
    root: folder,
    incident: id('bench'),
    series: id(target.id),
    launch: digest('0'.repeat(64)),
    drill: true,
    actor: 'worker:bench',
    host: 'bench',
    collector,
  });
  try {
    return await work(series);
  } finally {
    await series.close();
  }
}
