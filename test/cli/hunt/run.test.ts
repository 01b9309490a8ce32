import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runHunt } from '../../../cli/hunt/run.js';
import { runShow } from '../../../cli/hunt/show.js';
import type { IncidentView, PhaseView } from '../../../lib/model/incident.js';
import { id, time, type Id } from '../../../lib/model/json.js';
import type { IncidentInput } from '../../../workflows/messages.js';
import { baseOf, fakeDesk, NOW, stage } from '../../support/desk.js';
import { INCIDENT, openedOf, viewOf } from '../../support/incident-view.js';
import { makeSite, type SiteFixture } from '../../support/site-fixture.js';

let fixture: SiteFixture;
beforeAll(async () => {
  fixture = await makeSite();
  await mkdir(join(fixture.dir, 'hunts'));
  const file = { version: 1, name: 'beacon', title: 'test', indicators: [{ kind: 'account', value: 'mallory' }] };
  await writeFile(join(fixture.dir, 'hunts', 'beacon.yaml'), JSON.stringify(file));
});
afterAll(() => fixture.remove());

async function run(frozen: readonly string[], targets: readonly Id<'target'>[] = []) {
  const on = stage();
  const started: IncidentInput[] = [];
  const desk = fakeDesk({
    start: async (input) => {
      started.push(input);
    },
    view: async () => null,
    frozen: async () => frozen.map((target) => ({ target: id(target), incident: id('inc-1'), since: time(NOW) })),
  });
  const base = { ...baseOf(on, { site: fixture.dir, output: 'json' }), context: { ...on.context, now: Date.now } };
  await runHunt({ ...base, as: 'rosa', key: fixture.keyFiles['rosa'] ?? '', reason: 'test', targets, desk });
  return { started: started.map(({ incident, zones }) => ({ incident, targets: zones.flatMap((zone) => zone.targets) })), said: on.err() };
}

describe('hunt run', () => {
  it('leaves out what an incident has frozen, and says so', async () => {
    const { started, said } = await run(['node2']);
    expect(started.map(({ targets }) => targets)).toEqual([['node1']]);
    expect(started[0]?.incident).toMatch(/^hunt-\d{8}-[0-9a-f]{4}$/);
    expect(said).toContain('left out, since an incident has them frozen: node2');
  });

  it('is a conflict when all of them are', async () => {
    await expect(run(['node1', 'node2'])).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('searches exactly those that are named', async () => {
    expect((await run([], [id('node2')])).started).toMatchObject([{ targets: ['node2'] }]);
  });
});

const PHASE: PhaseView = {
  step: id('hunt'),
  title: 'Look',
  background: false,
  state: 'running',
  sweeps: [],
  settled: [],
  parked: 0,
  pages: [],
  held: [],
  startedAt: null,
  endedAt: null,
};

async function show(view: Partial<IncidentView>) {
  const on = stage();
  const desk = fakeDesk({ opened: async () => openedOf(), view: async () => viewOf({ phases: [PHASE], ...view }) });
  const code = await runShow({ ...baseOf(on), incident: INCIDENT, desk });
  return { code, out: on.out() };
}

describe('hunt show', () => {
  it('is pending while the hunt goes on, and names what was not searched yet', async () => {
    const { code, out } = await show({ state: 'running' });
    expect([code, /not searched:\n +r1 +not yet/.test(out)]).toEqual([8, true]);
  });

  it('has failed when the hunt ended without some targets: nothing found is not said of them', async () => {
    const settled: PhaseView['settled'] = [
      { verdict: { is: 'unsupported', code: 'NOT_OVER_IPMI', operation: null }, targets: openedOf().launch.targets },
    ];
    const { code, out } = await show({ state: 'ended', phases: [{ ...PHASE, settled }] });
    expect([code, /r1 +unsupported: NOT_OVER_IPMI/.test(out)]).toEqual([1, true]);
  });

  it('does not take another incident for a hunt', async () => {
    await expect(show({ phases: [{ ...PHASE, step: id('triage') }] })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
