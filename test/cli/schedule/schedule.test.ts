import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Desk, RepeatingLaunch, ScheduleSummary } from '../../../cli/desk.js';
import { newAddCommand, runAdd, type AddOptions } from '../../../cli/schedule/add.js';
import { runChange } from '../../../cli/schedule/change.js';
import { runList } from '../../../cli/schedule/list.js';
import { digest, id, time } from '../../../lib/model/json.js';
import { launches, occurrenceId } from '../../../lib/model/occurrence.js';
import { loadSite, type LoadedSite } from '../../../lib/site/load.js';
import { statementDigest, verifyStatement } from '../../../lib/trust/statement.js';
import type { ScheduledInput } from '../../../workflows/messages.js';
import { baseOf, fakeDesk, stage } from '../../support/desk.js';
import { makeSite, PEOPLE, type SiteFixture } from '../../support/site-fixture.js';

let fixture: SiteFixture;
let site: LoadedSite;

beforeAll(async () => {
  fixture = await makeSite();
  await writeFile(join(fixture.dir, 'runbooks', 'look.yaml'), 'version: 1\nname: look\ntitle: Look\nphases:\n  - step: triage\n');
  await writeFile(join(fixture.dir, 'runbooks', 'hold.yaml'), 'version: 1\nname: hold\ntitle: Hold\nphases:\n  - step: lease\n');
  site = await loadSite(fixture.dir);
});
afterAll(() => fixture.remove());

const KEYS = id<'incident'>('keys');
const DAY = 86_400_000;
const FROM = Math.floor(Date.now() / 60_000) * 60_000 + DAY;
const TIMES = { every: 7, from: time(FROM), until: time(FROM + 70 * DAY) };

async function add(change: Partial<AddOptions> = {}, answers: Partial<Desk> = {}, at = fixture) {
  const on = stage();
  const done: string[] = [];
  const given: { input: ScheduledInput; launch: RepeatingLaunch }[] = [];
  const desk = fakeDesk({
    enlist: async () => {
      done.push('enlist');
    },
    schedule: async (input, launch, { replace }) => {
      done.push(replace ? 'replace' : 'add');
      given.push({ input, launch });
    },
    ...answers,
  });
  const base = { ...baseOf(on, { site: at.dir, output: 'json' }), context: { ...on.context, now: Date.now } };
  const signer = { as: 'rosa', key: at.keyFiles['rosa'] ?? '', reason: 'regular' };
  const what = { schedule: KEYS, targets: [], all: true, runbook: 'look', replace: false, ...TIMES };
  const code = await runAdd({ ...base, ...signer, ...what, desk, ...change });
  return { code, done, given: given[0], out: parse(on.out()), err: on.err() };
}

function parse(text: string): unknown {
  return JSON.parse(text);
}

describe('schedule add', () => {
  it('signs one launch that repeats, has the zones check it, and only then gives it to the engine', async () => {
    const { code, done, given, out } = await add();
    if (given === undefined) throw new Error('nothing was scheduled');
    const { statement } = await verifyStatement(given.input.launch, { ...site, ...site.site }, new Date());
    expect(statement).toEqual(given.launch);
    expect(statement).toMatchObject({
      ...{ verb: 'launch', incident: 'keys', by: 'rosa', site: site.digest, policy: site.policyDigest },
      ...{ runbook: site.runbooks['look']?.digest, targets: ['node1', 'node2'], notAfter: time(FROM + 71 * DAY) },
      repeats: { everyDays: 7, from: time(FROM), until: time(FROM + 70 * DAY) },
    });
    expect(launches(given.launch, occurrenceId(KEYS, FROM + 7 * DAY), FROM + 7 * DAY)).toBe(true);
    const launch = statementDigest(given.input.launch);
    expect([code, done, given.input.digest]).toEqual([0, ['enlist', 'add'], launch]);
    expect(out).toEqual({ id: 'keys', launch, targets: 2, zones: ['oob'], next: time(FROM) });
  });

  it('schedules nothing that a zone refuses', async () => {
    const enlist = (): Promise<void> => Promise.reject(new RangeError('refused'));
    await expect(add({}, { enlist, schedule: () => Promise.reject(new TypeError('scheduled')) })).rejects.toThrow(RangeError);
  });

  it('says that co-signers are asked each time, above the number of the policy', async () => {
    expect((await add()).err).toBe('');
    const strict = await makeSite([...PEOPLE, { id: id('rob'), name: 'Rob', roles: [id('responder')] }]);
    const path = join(strict.dir, 'site.yaml');
    await writeFile(path, (await readFile(path, 'utf8')).replace('cosignersAbove: 50', 'cosignersAbove: 1'));
    const { code, done, err } = await add({ runbook: 'rotate' }, {}, strict);
    await strict.remove();
    expect([code, done, err]).toEqual([0, ['enlist', 'add'], expect.stringContaining('1 co-signers first')]);
  });

  it('refuses what cannot be meant before anything is signed', async () => {
    await expect(add({ runbook: 'hold' })).rejects.toMatchObject({ code: 'USAGE', exitCode: 2 });
    await expect(add({ runbook: 'none' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(add({ all: false })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(add({ every: 0 })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(add({ until: time(FROM + 401 * DAY) })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(add({ until: time(FROM - 1) })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(add({ from: time(FROM - 30 * DAY), until: time(FROM - 20 * DAY) })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(add({ schedule: id('x'.repeat(38)) })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(add({ key: fixture.keyFiles['lea'] ?? '' })).rejects.toMatchObject({ exitCode: 4 });
  });

  it.each([
    ['2026-12-07', '2026-12-07T00:00:00.000Z'],
    ['2026-12-07T02:30Z', '2026-12-07T02:30:00.000Z'],
  ])('reads %s as a time in UTC', async (typed, expected) => {
    const on = stage();
    const taken: AddOptions[] = [];
    const command = newAddCommand(on.context, async (options) => {
      taken.push(options);
      return 0;
    });
    const times = ['--every', '30', '--from', typed, '--until', typed];
    await command.parseAsync(['keys', '--all', ...times, '--as', 'rosa', '--key', 'k', '--reason', 'r'], { from: 'user' });
    expect(taken[0]).toMatchObject({ schedule: 'keys', every: 30, from: expected, until: expected, runbook: 'rotate' });
  });

  it.each(['tomorrow', '2026-12-07T02:30', '2026-12-07T02:30:10Z', '2026-13-07'])('takes %s for no time', async (typed) => {
    const command = newAddCommand(stage().context)
      .exitOverride()
      .configureOutput({ writeErr: () => undefined });
    await expect(command.parseAsync(['keys', '--from', typed], { from: 'user' })).rejects.toMatchObject({
      code: 'commander.invalidArgument',
    });
  });
});

describe('schedule list', () => {
  async function list(change: Partial<ScheduleSummary>, launch: Partial<RepeatingLaunch> = {}) {
    const { given } = await add();
    if (given === undefined) throw new Error('nothing was scheduled');
    const one: ScheduleSummary = {
      ...{ id: KEYS, launch: { ...given.launch, ...launch }, paused: false, next: time(FROM), skipped: 0, last: null },
      ...change,
    };
    const on = stage();
    const code = await runList({ ...baseOf(on, { site: fixture.dir, output: 'json' }), desk: fakeDesk({ schedules: async () => [one] }) });
    return { code, rows: parse(on.out()), err: on.err() };
  }

  it('says what runs when, in the documented form', async () => {
    expect(await list({})).toEqual({
      code: 0,
      rows: [
        {
          ...{ id: 'keys', runbook: 'look', targets: 2, everyDays: 7, from: TIMES.from, until: TIMES.until, next: time(FROM) },
          ...{ paused: false, current: true, skipped: 0, last: null },
        },
      ],
      err: '',
    });
  });

  it.each<[string, Partial<ScheduleSummary>, Partial<RepeatingLaunch>, object]>([
    ['it was signed for another site directory', {}, { site: digest('0'.repeat(64)) }, { current: false, last: null }],
    ['it was signed for another version', {}, { stepTable: 1 }, { current: false }],
    [
      'its last incident was refused',
      { last: lastOf('refused') },
      {},
      { current: true, last: { incident: 'keys-2026-01-01', state: 'refused' } },
    ],
  ])('says to sign it again when %s', async (_, change, launch, row) => {
    const { rows, err } = await list(change, launch);
    expect(rows).toMatchObject([row]);
    expect(err).toContain('cofferdam schedule add keys --replace');
  });

  it('knows an incident that never began', async () => {
    expect((await list({ last: { incident: id('keys-2026-01-01'), standing: null } })).rows).toMatchObject([
      { last: { state: 'not-started' } },
    ]);
  });
});

function lastOf(state: string): ScheduleSummary['last'] {
  const standing = { incident: 'keys-2026-01-01', status: 'completed', state, targets: 1, parked: 0, startedAt: time(0), endedAt: null };
  return { incident: id('keys-2026-01-01'), standing };
}

describe('schedule pause, resume and remove', () => {
  it.each(['pause', 'resume', 'remove'] as const)('%s asks the engine for that and nothing else', async (change) => {
    const asked: unknown[] = [];
    const on = stage();
    const desk = fakeDesk({
      changeSchedule: async (...of) => {
        asked.push(of);
      },
    });
    expect(await runChange({ ...baseOf(on, { output: 'json' }), schedule: KEYS, change, desk })).toBe(0);
    expect([asked, parse(on.out())]).toEqual([[[KEYS, change]], { id: 'keys', change }]);
  });
});
