import { appendFile, cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Said } from '../../cli/drill/processes.js';
import { verifyPath } from '../../lib/evidence/verify/verify.js';
import type { IncidentView } from '../../lib/model/incident.js';
import { id, time, type Id } from '../../lib/model/json.js';
import { occurrenceId } from '../../lib/model/occurrence.js';
import { readStatement } from '../../lib/model/read-statement.js';
import type { SignedStatement } from '../../lib/model/statement.js';
import { STATE_FILES } from '../../lib/site/config.js';
import { loadSite } from '../../lib/site/load.js';
import { signStatement, statementDigest } from '../../lib/trust/statement.js';
import { CONTROL_QUEUE, incidentWorkflowId, scheduleId, WORKFLOWS, type IncidentInput, type Occurred } from '../../workflows/messages.js';
import type { scheduled } from '../../workflows/scheduled.js';
import { openGate, openScene, type Scene } from '../support/scene.js';

/** The shipped runbook `rotate` as a schedule of a real engine, and what somebody who has taken the engine over makes of its launch. */
let scene: Scene;
let told: string;
let ended: IncidentView;
let launch: SignedStatement;
const DAY = 86_400_000;
const MIDNIGHT = Math.floor(Date.now() / DAY) * DAY;
const KEYS = id<'incident'>('keys');
const TODAY = occurrenceId(KEYS, MIDNIGHT);
const TARGET = id<'target'>('bmc-0001');

beforeAll(async () => {
  scene = await openScene({ profile: 'openbmc', targets: 2, compromise: false });
  told = join(scene.folder, 'told');
  const notify = `[{ id: crew, kind: command, events: [occurrence-refused], command: [/bin/sh, -c, "cat >> ${told}"] }]`;
  await appendFile(join(scene.site, 'site.yaml'), `\nnotifications: ${notify}\n`);
  await writeFile(join(scene.site, 'runbooks', 'hold.yaml'), 'version: 1\nname: hold\ntitle: Hold\nphases:\n  - step: lease\n');
  await scene.worker();
  for (const schedule of ['keys', 'late']) expect((await add(schedule)).exitCode).toBe(0);
  await scene.client.schedule.getHandle(scheduleId('keys')).trigger('SKIP');
  await scene.until(TODAY, (view) => openGate(view) !== undefined);
  await scene.decide('approve', TODAY, 'lena');
  ended = await scene.until(TODAY, (view) => view.state === 'ended');
  launch = await launchOf('keys');
});
afterAll(() => scene.close());

function add(schedule: string, ...more: string[]): Promise<Said> {
  const times = ['--every', '1', '--from', time(MIDNIGHT).slice(0, 10), '--until', time(MIDNIGHT + 3 * DAY).slice(0, 10)];
  const signed = ['--as', 'dana', '--key', scene.keyOf('dana'), '--reason', 'regular'];
  return scene.cofferdam('schedule', 'add', schedule, TARGET, ...times, ...signed, ...more);
}

async function listed(): Promise<unknown> {
  return JSON.parse((await scene.cofferdam('schedule', 'list', '-o', 'json')).stdout);
}

async function launchOf(schedule: string): Promise<SignedStatement> {
  const { action } = await scene.client.schedule.getHandle(scheduleId(schedule)).describe();
  const first: unknown = action.args?.[0];
  if (typeof first !== 'object' || first === null || !('launch' in first)) throw new TypeError('no launch');
  const signed = first.launch;
  if (typeof signed !== 'object' || signed === null || !('text' in signed) || !('signature' in signed)) throw new TypeError('no statement');
  return { text: String(signed.text), signature: String(signed.signature) };
}

/** What the newest workflow that the schedule started came to. */
async function occurred(schedule: string, times: number): Promise<Occurred> {
  for (let tries = 0; tries < 200; tries++) {
    const { info } = await scene.client.schedule.getHandle(scheduleId(schedule)).describe();
    const started = info.recentActions[times - 1];
    if (started !== undefined) {
      const { workflowId } = started.action.workflow;
      return scene.client.workflow.getHandle<typeof scheduled>(workflowId).result();
    }
    await pause(100);
  }
  throw new Error('the schedule started nothing');
}

/** Opens an incident with a launch as somebody would who holds the codec key and the engine. */
async function forced(incident: string, change: Partial<IncidentInput> = {}): Promise<string | null> {
  const zones = [{ zone: id<'zone'>('test'), targets: [TARGET] }];
  const input: IncidentInput = { incident: id(incident), launch, zones, ...change };
  const handle = await scene.client.workflow.start<(input: IncidentInput) => Promise<IncidentView>>(WORKFLOWS.incident, {
    workflowId: incidentWorkflowId(incident),
    taskQueue: CONTROL_QUEUE,
    args: [input],
  });
  return (await handle.result()).refusal?.code ?? null;
}

const changed = (): readonly string[] =>
  scene.fleet.wire.entries.filter(({ method }) => method === 'PATCH').map(({ target, uri }) => `${target} ${uri}`);

describe('a schedule', () => {
  it('opens the incident of the day, whose changes wait for their gate like any other’s', () => {
    expect(ended).toMatchObject({ incident: TODAY, outcome: 'done', requester: 'dana', launch: statementDigest(launch) });
    expect(ended.gates).toMatchObject([{ gate: 'change', state: 'approved', approvals: [{ person: 'lena' }] }]);
    expect(scene.fleet.target(TARGET).works(scene.fleet.target(TARGET).userName, scene.fleet.target(TARGET).password)).toBe(false);
    expect(new Set(changed().map((line) => line.split(' ')[0]))).toEqual(new Set([TARGET]));
  });

  it('leaves a case that holds the launch of the schedule, and verifies', async () => {
    const sealed = join(scene.state, 'zones', 'test', 'incidents', TODAY, 'evidence', 'case', 'S00000001');
    const folder = join(scene.folder, `${TODAY}-case-S00000001`);
    await cp(sealed, folder, { recursive: true });
    const certificates = [await readFile(join(scene.state, STATE_FILES.collectorCertificate), 'utf8')];
    expect(await verifyPath(folder, { certificates, drill: true, now: new Date() })).toMatchObject({ verdict: 'VALID', series: ['case'] });
    expect(await readFile(join(folder, 'statements', `${statementDigest(launch)}.json`), 'utf8')).toBe(launch.text);
  });

  it('does nothing a second time on the same day', async () => {
    const before = changed().length;
    const run = (await scene.client.workflow.getHandle(incidentWorkflowId(TODAY)).describe()).runId;
    await scene.client.schedule.getHandle(scheduleId('keys')).trigger('SKIP');
    expect(await occurred('keys', 2)).toEqual({ incident: TODAY, outcome: 'ran-before' });
    expect((await scene.client.workflow.getHandle(incidentWorkflowId(TODAY)).describe()).runId).toBe(run);
    expect(changed()).toHaveLength(before);
  });

  it('is listed with its last incident and its next time', async () => {
    expect(await listed()).toMatchObject([
      {
        ...{
          id: 'keys',
          runbook: 'rotate',
          targets: 1,
          everyDays: 1,
          next: time(MIDNIGHT + DAY),
          paused: false,
          current: true,
          skipped: 0,
        },
        last: { incident: TODAY, state: 'done' },
      },
      { id: 'late', last: null },
    ]);
  });

  it('is one: a second of the same name is a conflict, unless it is to take its place', async () => {
    expect((await add('keys')).exitCode).toBe(11);
    expect((await add('keys', '--replace')).exitCode).toBe(0);
  });
});

describe('its launch in the hands of whoever has taken the engine over opens', () => {
  it.each<[string, () => Promise<string | null>, string]>([
    ['no incident of its own name', () => forced('keys'), 'OFF_SCHEDULE'],
    ['none of another name', () => forced('other'), 'OFF_SCHEDULE'],
    ['none of another schedule', () => forced(occurrenceId(id('locks'), MIDNIGHT)), 'OFF_SCHEDULE'],
    ['none before its first day', () => forced(occurrenceId(KEYS, MIDNIGHT - DAY)), 'OFF_SCHEDULE'],
    ['none of a day to come', () => forced(occurrenceId(KEYS, MIDNIGHT + DAY)), 'OFF_SCHEDULE'],
    ['none after its last', () => forced(occurrenceId(KEYS, MIDNIGHT + 4 * DAY)), 'OFF_SCHEDULE'],
  ])('%s', async (_, attack, code) => {
    const sent = scene.fleet.wire.entries.length;
    expect([await attack(), scene.fleet.wire.entries.length]).toEqual([code, sent]);
  });

  it('none on other targets, none of a runbook that holds, and none on a day that was missed', async () => {
    const { statement } = parsed(launch);
    const other = { zones: [{ zone: id<'zone'>('test'), targets: [id<'target'>('bmc-0002')] }] };
    const runbook = await digestOf('hold');
    const weekly = { everyDays: 7, from: time(MIDNIGHT - 14 * DAY), until: time(MIDNIGHT + 14 * DAY) };
    const signed = async (change: object): Promise<SignedStatement> =>
      signStatement({ ...statement, incident: id('x'), ...change }, { privateKey: await readFile(scene.keyOf('dana'), 'utf8') });
    const at = (days: number): Id<'incident'> => occurrenceId(id('x'), MIDNIGHT + days * DAY);
    expect([
      await forced(at(0), { launch: await signed({}), ...other }),
      await forced(at(0), { launch: await signed({ runbook }) }),
      await forced(at(-7), { launch: await signed({ repeats: weekly }) }),
    ]).toEqual(['UNKNOWN_TARGET', 'NOT_ALLOWED', 'OFF_SCHEDULE']);
  });

  it('nothing on the same day again, also where the engine has forgotten that it ran: the case is closed', async () => {
    const sent = scene.fleet.wire.entries.length;
    expect([await forced(TODAY), scene.fleet.wire.entries.length]).toEqual(['SERIES_ENDED', sent]);
  });
});

describe('when the site directory has changed since', () => {
  it('the day is refused, the crew is told, and the list says how to go on', async () => {
    await appendFile(join(scene.site, 'inventory.yaml'), '\n# edited\n');
    await scene.client.schedule.getHandle(scheduleId('late')).trigger('SKIP');
    const late = occurrenceId(id('late'), MIDNIGHT);
    expect(await occurred('late', 1)).toEqual({ incident: late, outcome: 'refused' });
    expect((await scene.view(late)).refusal?.code).toBe('SITE_DIFFERS');
    expect(await listed()).toMatchObject([
      { id: 'keys', current: false },
      { id: 'late', current: false, last: { incident: late, state: 'refused' } },
    ]);
    await expect.poll(() => readFile(told, 'utf8').catch(() => ''), { timeout: 20_000 }).toMatch(/\n$/);
    expect(JSON.parse(await readFile(told, 'utf8'))).toMatchObject({
      event: 'occurrence-refused',
      incident: late,
      next: 'cofferdam schedule list',
    });
  });

  it('signed again it is current', async () => {
    expect((await add('late', '--replace')).exitCode).toBe(0);
    expect(await listed()).toMatchObject([
      { id: 'keys', current: false },
      { id: 'late', current: true },
    ]);
  });
});

describe('anybody at a desk', () => {
  it('pauses, resumes and removes it', async () => {
    const change = async (verb: string): Promise<number> => (await scene.cofferdam('schedule', verb, 'late')).exitCode;
    const isPaused = async (): Promise<boolean> => (await scene.client.schedule.getHandle(scheduleId('late')).describe()).state.paused;
    expect([await change('pause'), await isPaused()]).toEqual([0, true]);
    expect([await change('resume'), await isPaused()]).toEqual([0, false]);
    expect([await change('remove'), await change('remove')]).toEqual([0, 10]);
  });
});

function parsed(signed: SignedStatement) {
  const read = readStatement(signed.text);
  if ('refusal' in read || read.statement.verb !== 'launch') throw new TypeError('no launch');
  return { statement: read.statement };
}

async function digestOf(runbook: string): Promise<string> {
  return (await loadSite(scene.site)).runbooks[runbook]?.digest ?? '';
}
