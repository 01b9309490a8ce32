import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startFleet, type Fleet, type FleetTarget } from '../../../drill/fleet.js';
import { openSeries } from '../../../lib/evidence/series.js';
import type { Series } from '../../../lib/evidence/types.js';
import { digest, id } from '../../../lib/model/json.js';
import type { Connection, ConnectOptions } from '../../../lib/redfish/types.js';
import { captureSlice, sealLongBag, type CaptureOptions, type CaptureSlice } from '../../../lib/steps/capture.js';
import { triage } from '../../../lib/steps/triage.js';
import { generateKey } from '../../../lib/trust/keys.js';
import { connectTo, reply, startSmallBmc } from '../redfish/small-bmc.js';

let folder = '';
let collector = { privateKey: '', fingerprint: '' };
const cleanup: (() => Promise<void>)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capture-'));
  collector = await generateKey({ name: 'Collector', email: 'collector@cofferdam.example' });
});
afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo();
  await rm(folder, { recursive: true, force: true });
});

async function fleetOfOne(): Promise<{ fleet: Fleet; target: FleetTarget; login: Partial<ConnectOptions> }> {
  const fleet = await startFleet({ targets: 1, profile: 'small' });
  cleanup.push(() => fleet.close());
  const [target] = fleet.targets;
  if (target === undefined) throw new Error('no target');
  return { fleet, target, login: { credential: { userName: target.userName, password: { reveal: () => target.password } } } };
}

/** Does one piece of work as an activity does it: opens series and connection, and closes both, whatever happens. */
async function work<T>(
  bmc: Parameters<typeof connectTo>[0],
  login: Partial<ConnectOptions>,
  act: (series: Series, connect: () => Promise<Connection>) => Promise<T>,
): Promise<T> {
  const series = await openSeries({
    root: join(folder, 'evidence'),
    incident: id('inc-1'),
    series: id('bmc-1'),
    launch: digest('0'.repeat(64)),
    drill: true,
    actor: 'worker:zone-a',
    host: 'host',
    collector,
  });
  const open: Connection[] = [];
  try {
    return await act(series, async () => {
      const connection = await connectTo(bmc, login);
      open.push(connection);
      return connection;
    });
  } finally {
    for (const connection of open) await connection.close();
    await series.close();
  }
}

function slice(
  bmc: Parameters<typeof connectTo>[0],
  login: Partial<ConnectOptions>,
  limits: CaptureOptions['limits'] = {},
): Promise<CaptureSlice> {
  return work(bmc, login, (series, connect) =>
    captureSlice({ connect, series, crawl: join(folder, 'crawl.jsonl'), signal: new AbortController().signal, limits }),
  );
}

test('slices come to everything a BMC shows, log in once each, and unlock what was read', async () => {
  const { fleet, target, login } = await fleetOfOne();
  const slices: CaptureSlice[] = [];
  do slices.push(await slice(target, login, { sliceReads: 20 }));
  while (slices.at(-1)?.done === false);
  const last = slices.at(-1);
  const fetched = slices.reduce((sum, one) => sum + one.fetched, 0);
  expect(last).toMatchObject({
    done: true,
    remaining: 0,
    failed: 0,
    limits: [],
    classes: ['sessions', 'accounts', 'volatile-logs', 'logs', 'configuration'],
  });
  expect(slices.slice(0, -1).every(({ classes }) => classes.length === 0)).toBe(true);
  await work(target, login, async (series) => {
    const seal = await series.seal({ final: false, heads: null, atLeast: null });
    expect([seal?.captures, seal?.failed]).toEqual([fetched, 0]);
    expect([...series.sealedClasses()].sort()).toEqual(['accounts', 'configuration', 'logs', 'sessions', 'volatile-logs']);
  });
  expect(fleet.wire.entries.filter(({ method }) => method === 'POST')).toHaveLength(slices.length);
  expect(fleet.wire.entries.filter(({ method }) => method === 'DELETE')).toHaveLength(slices.length);
});

test('a slice after the last one does not even connect', async () => {
  const { target, login } = await fleetOfOne();
  await slice(target, login);
  const again = await work(target, login, (series) =>
    captureSlice({
      connect: () => Promise.reject(new Error('connected')),
      series,
      crawl: join(folder, 'crawl.jsonl'),
      signal: new AbortController().signal,
    }),
  );
  expect(again).toMatchObject({ done: true, fetched: 0, remaining: 0 });
});

test('triage seals what unlocks the next steps', async () => {
  const { target, login } = await fleetOfOne();
  await work(target, login, async (series, connect) => {
    await triage(await connect(), series);
    expect(series.sealedClasses().size).toBe(0);
    await series.seal({ final: false, heads: null, atLeast: null });
    expect([...series.sealedClasses()].sort()).toEqual(['accounts', 'sessions', 'volatile-logs']);
  });
});

test('a class of which one URI was given up is not complete, and the failure is in the evidence', async () => {
  const bmc = await startSmallBmc({
    '/redfish/v1/': (_, response) =>
      reply(response, 200, {
        AccountService: { '@odata.id': '/redfish/v1/AccountService' },
        Systems: { '@odata.id': '/redfish/v1/Systems' },
      }),
    '/redfish/v1/AccountService': (_, __, socket) => socket.destroy(),
  });
  cleanup.push(bmc.stop);
  const last = await slice(bmc, { credential: null, limits: { retryPausesMs: [] } });
  expect(last).toMatchObject({ done: true, failed: 1, classes: ['sessions', 'volatile-logs', 'logs', 'configuration'] });
  const seal = await work(bmc, {}, (series) => series.seal({ final: false, heads: null, atLeast: null }));
  expect(seal?.failed).toBe(1);
});

test('a limit keeps every class from being complete', async () => {
  const { target, login } = await fleetOfOne();
  const last = await slice(target, login, { depth: 2 });
  expect(last).toMatchObject({ done: true, limits: ['LIMIT_DEPTH'], classes: [] });
});

test('a long bag is sealed between two slices, a short one is not', async () => {
  const sealed: number[] = [];
  for (const unsealed of [0, 1, 3_999, 4_000, 250_000])
    await sealLongBag({
      unsealed,
      seal: async ({ final }) => {
        expect(final).toBe(false);
        sealed.push(unsealed);
        return null;
      },
    });
  expect(sealed).toEqual([4_000, 250_000]);
});

test('what is not sealed yet counts the lines of the open bag', async () => {
  const bmc = await startSmallBmc();
  cleanup.push(bmc.stop);
  const counts = await work(bmc, { credential: null }, async (series) => {
    const before = series.unsealed;
    await series.record('session.refused', { uri: '/redfish/v1', code: 'BUSY' });
    const recorded = series.unsealed;
    await series.seal({ final: false, heads: null, atLeast: null });
    const anew = series.unsealed;
    await series.seal({ final: true, heads: null, atLeast: null });
    return [before, recorded, anew, series.unsealed];
  });
  expect(counts).toEqual([1, 2, 1, 0]);
});
