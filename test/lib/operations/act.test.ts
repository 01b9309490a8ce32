import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { FleetOptions } from '../../../drill/fleet.js';
import { FILES, type CaptureLine } from '../../../lib/evidence/format.js';
import { readCaptureLine } from '../../../lib/evidence/verify/records.js';
import { id } from '../../../lib/model/json.js';
import type { Outcome } from '../../../lib/model/operation.js';
import type { IndexRow, Plan } from '../../../lib/model/plan.js';
import type { GateRef } from '../../../lib/model/work.js';
import { ExecutorError } from '../../../lib/operations/error.js';
import { textAt } from '../../../lib/redfish/json.js';
import { INCIDENT, oneTarget, POLICY, writes, type OneTarget } from '../../support/one-target.js';

const HOUR = 3_600_000;
const SERVICE = '/redfish/v1/Managers/bmc/LogServices/Dump';
const COLLECT = `${SERVICE}/Actions/LogService.CollectDiagnosticData`;

let one: OneTarget;
afterEach(() => one.close());

interface Approved {
  readonly plan: Plan;
  readonly row: IndexRow;
  readonly gate: GateRef;
}

/** A planned and approved round of dumps; nothing is sealed by hand. */
async function approved(options: FleetOptions = {}): Promise<Approved> {
  one = await oneTarget({ compromise: false, ...options }, POLICY, id('dump'));
  const planned = await one.review();
  const gate = await one.open(planned);
  await one.approve(gate);
  return { ...planned, gate };
}

/** Attempts as the engine would: again after what is not final. */
async function carriedOut({ row, gate }: Approved, operation = 1, now = (): number => Date.now()): Promise<Outcome> {
  for (let attempt = 0; attempt < 30; attempt++) {
    try {
      const executor = one.executor((deps) => ({ ...deps, now }));
      return await executor.attempt(one.order(row, operation), one.context(gate), new AbortController().signal);
    } catch (error) {
      if (!(error instanceof ExecutorError) || error.final) throw error;
    }
  }
  throw new RangeError('never settled');
}

/** Every capture of the series, sealed or not. */
async function captures(): Promise<readonly CaptureLine[]> {
  const series = join(one.layout.incident(INCIDENT).evidence, one.target.id);
  const bags = (await readdir(series)).filter((name) => name === 'open' || /^S\d+$/.test(name)).sort((a, b) => (a < b ? -1 : 1));
  const texts = await Promise.all(bags.map((bag) => readFile(join(series, bag, FILES.captures), 'latin1').catch(() => '')));
  return texts
    .flatMap((text) => text.split('\n').filter((line) => line !== ''))
    .flatMap((line) => readCaptureLine(line) ?? [])
    .sort((a, b) => a.id - b.id);
}

/** What was fetched as a file, and how it went. */
async function fetched(): Promise<readonly string[]> {
  const files = (await captures()).filter((line) => line.class === 'dumps');
  return files.map(({ purpose, uri, httpStatus, size }) => `${purpose} ${uri} ${String(httpStatus)} ${size > 10_000 ? 'large' : 'small'}`);
}

/** Makes a dump as somebody else would, and waits until it is there. */
async function dumpBefore(): Promise<void> {
  await one.withConnection('read-write', async (connection) => {
    const { json } = await connection.send({ method: 'POST', uri: COLLECT, body: { DiagnosticDataType: 'Manager' }, ifMatch: null });
    const task = textAt(json ?? undefined, '@odata.id') ?? '';
    for (let look = 0; look < 4; look++) await connection.get(task);
  });
}

describe('a dump is made once, and done only with its result in evidence', () => {
  test('openbmc: the new log entry bears witness, its attachment comes home', async () => {
    const at = await approved({ profile: 'openbmc' });
    expect(at.row).toMatchObject({ operations: 1, effect: 'change', impact: 'none', destroys: ['dumps'] });
    expect(at.plan.sections[0]?.operations[0]).toMatchObject({
      send: { kind: 'redfish', method: 'POST', uri: COLLECT, body: { DiagnosticDataType: 'Manager' } },
      proof: { by: 'act', witness: 'log-entry' },
    });
    expect(await carriedOut(at)).toMatchObject({ is: 'done' });
    expect(await carriedOut(at)).toMatchObject({ is: 'done' });
    expect(writes(one)).toEqual([`POST ${COLLECT}`]);
    expect(await fetched()).toEqual([`dump ${SERVICE}/Entries/1/attachment 200 large`]);
    // The task was asked, never its monitor.
    expect(one.fleet.wire.entries.filter(({ uri }) => uri.includes('/TaskMonitors/'))).toEqual([]);
  });

  test('dell: an answer that names the file, and a job that does; what the collection replaces is fetched first', async () => {
    const at = await approved({ profile: 'dell' });
    expect(at.row).toMatchObject({ operations: 2, effect: 'change', destroys: ['dumps'] });
    expect(await carriedOut(at, 1)).toMatchObject({ is: 'done' });
    expect(await carriedOut(at, 2)).toMatchObject({ is: 'done' });
    expect(writes(one)).toHaveLength(2);
    expect(await fetched()).toEqual([
      'dump /redfish/v1/Dell/lclog.xml 200 large',
      'before-claim /redfish/v1/Dell/sacollect.zip 404 small',
      'dump /redfish/v1/Dell/sacollect.zip 200 large',
    ]);
  });

  test('hpe: the log that lies ready is fetched from the path that its resource names, and nothing is sent', async () => {
    const at = await approved({ profile: 'hpe' });
    expect(at.row).toMatchObject({ operations: 1, effect: 'observe', destroys: [] });
    expect(await carriedOut(at)).toMatchObject({ is: 'done' });
    expect(writes(one)).toEqual([]);
    expect(await fetched()).toEqual(['dump /ahsdata/HPE_DRILL.ahs?downloadAll=1 200 large']);
  });

  test('a lost answer is observed: one POST, and done', async () => {
    const at = await approved({ profile: 'openbmc' });
    await one.fleet.fault(one.bmc.id, 'lost-answer');
    expect(await carriedOut(at)).toMatchObject({ is: 'done' });
    expect(writes(one)).toEqual([`POST ${COLLECT}`]);
  });

  test('earlier dumps are fetched and sealed before the claim, and never taken for the new one', async () => {
    one = await oneTarget({ compromise: false, profile: 'openbmc' }, POLICY, id('dump'));
    await dumpBefore();
    const planned = await one.review();
    const gate = await one.open(planned);
    await one.approve(gate);
    const before = writes(one).length;
    expect(await carriedOut({ ...planned, gate })).toMatchObject({ is: 'done' });
    expect(writes(one)).toHaveLength(before + 1);
    expect(await fetched()).toEqual([
      `before-claim ${SERVICE}/Entries/1/attachment 200 large`,
      `dump ${SERVICE}/Entries/2/attachment 200 large`,
    ]);
    const claim = await one.claims.find(one.order(planned.row), null);
    expect(claim?.seen['log-entry']?.[0]).toBe(`${SERVICE}/Entries/1`);
    expect(claim?.seen.task).toEqual(['/redfish/v1/TaskService/Tasks/0']);
    expect(await one.withSeries(async (series) => series.sealedClasses().has('dumps'))).toBe(true);
  });

  test('dropped before it acted: the old witnesses settle nothing, a person decides', async () => {
    one = await oneTarget({ compromise: false, profile: 'openbmc' }, POLICY, id('dump'));
    await dumpBefore();
    const planned = await one.review();
    const gate = await one.open(planned);
    await one.approve(gate);
    const hold = one.fleet.hold(one.bmc.id, { method: 'POST', uri: COLLECT }, 'before');
    const first = carriedOut({ ...planned, gate });
    await hold.reached;
    hold.drop();
    expect(await first).toMatchObject({ is: 'unknown', code: 'NOT_OBSERVED' });
    expect(writes(one)).toHaveLength(2);
  });
});

describe('a task that does not end well', () => {
  test.each([
    ['task-vanishes', 'unknown', 'NOT_OBSERVED'],
    ['task-fails', 'failed', 'TASK_EXCEPTION'],
  ] as const)('%s: %s %s, and nothing is sent again', async (fault, is, code) => {
    const at = await approved({ profile: 'openbmc' });
    await one.fleet.fault(one.bmc.id, fault);
    expect(await carriedOut(at)).toMatchObject({ is, code });
    expect(await carriedOut(at)).toMatchObject({ is, code });
    expect(writes(one)).toEqual([`POST ${COLLECT}`]);
  });

  test('one that never ends is progress until the limit of the operation, then unknown', async () => {
    const at = await approved({ profile: 'openbmc' });
    await one.fleet.fault(one.bmc.id, 'task-never-ends');
    const errors: ExecutorError[] = [];
    for (let look = 0; look < 12; look++) {
      const error: unknown = await one.attempt(at.row, at.gate).catch((thrown: unknown) => thrown);
      if (error instanceof ExecutorError) errors.push(error);
    }
    // More looks than a state gets, and each says when the next one makes sense.
    expect(errors.map(({ code, final }) => [code, final])).toEqual(Array.from({ length: 12 }, () => ['UNSETTLED', false]));
    expect(errors.every(({ retryAfterMs }) => retryAfterMs !== null && retryAfterMs >= 1_000)).toBe(true);
    expect(await carriedOut(at, 1, () => Date.now() + HOUR)).toMatchObject({ is: 'unknown', code: 'NEVER_ENDED' });
    expect(writes(one)).toEqual([`POST ${COLLECT}`]);
  });

  test('a result that is never there: failed, for a dump without its result is none', async () => {
    const at = await approved({ profile: 'dell' });
    const executor = one.executor((deps) => ({
      ...deps,
      connect: async (known, target, series, signal) => {
        const connection = await deps.connect(known, target, series, signal);
        return { ...connection, download: (path) => connection.download(path.replace('lclog', 'nothing')) };
      },
    }));
    let outcome: unknown = null;
    for (let look = 0; look < 12 && !(typeof outcome === 'object' && outcome !== null && 'is' in outcome); look++)
      outcome = await executor.attempt(one.order(at.row, 1), one.context(at.gate), new AbortController().signal).catch(() => null);
    expect(outcome).toMatchObject({ is: 'failed', code: 'RESULT_HTTP_404' });
  });
});

describe('what is planned is what the BMC advertises', () => {
  test('a BMC that offers none gets no operation, and a finding that says so', async () => {
    const { row, plan } = await approved({ profile: 'small' });
    expect(row.operations).toBe(0);
    expect(await Promise.all(plan.findings.map((found) => one.objects.get(found)))).toMatchObject([
      { code: 'DUMP_UNAVAILABLE', severity: 'low', uri: '/redfish/v1/Managers/1/LogServices/Audit' },
    ]);
  });
});
