import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Desk } from '../../../cli/desk.js';
import { CliError } from '../../../cli/error.js';
import { runOpen, type OpenOptions } from '../../../cli/incident/open.js';
import { id } from '../../../lib/model/json.js';
import type { Launch } from '../../../lib/model/statement.js';
import { loadSite, type LoadedSite } from '../../../lib/site/load.js';
import { statementDigest, verifyStatement } from '../../../lib/trust/statement.js';
import type { IncidentInput } from '../../../workflows/messages.js';
import { baseOf, fakeDesk, stage } from '../../support/desk.js';
import { viewOf } from '../../support/incident-view.js';
import { makeSite, type SiteFixture } from '../../support/site-fixture.js';

let fixture: SiteFixture;
let site: LoadedSite;

beforeAll(async () => {
  fixture = await makeSite();
  site = await loadSite(fixture.dir);
});
afterAll(() => fixture.remove());

async function open(change: Partial<OpenOptions>, answers: Partial<Desk> = {}) {
  const on = stage();
  const started: IncidentInput[] = [];
  const desk = fakeDesk({
    start: async (input) => {
      started.push(input);
    },
    view: async () => null,
    ...answers,
  });
  const base = { ...baseOf(on, { site: fixture.dir, output: 'json' }), context: { ...on.context, now: Date.now } };
  const signer = { as: 'rosa', key: fixture.keyFiles['rosa'] ?? '', reason: 'beacon' };
  const code = await runOpen({ ...base, ...signer, targets: [], all: false, runbook: 'bmc-compromise', wait: false, desk, ...change });
  return { code, started, out: parse(on.out()) };
}

function parse(text: string): unknown {
  return JSON.parse(text);
}

/** An engine that has the incident already, opened by this launch. */
function taken(launch: Launch, input: IncidentInput): Partial<Desk> {
  return {
    start: async () => {
      throw new CliError('CONFLICT', 'exists');
    },
    opened: async () => ({ input, launch, digest: statementDigest(input.launch), added: [], ended: false }),
  };
}

describe('incident open', () => {
  it('signs a launch that binds site, policy, runbook and targets, and groups the targets by zone', async () => {
    const { code, started, out } = await open({ all: true, id: id('inc-1') });
    const [input] = started;
    if (input === undefined) throw new Error('nothing was started');
    const keyring = { ...site, people: site.site.people, policy: site.site.policy };
    const { statement, person } = await verifyStatement(input.launch, keyring, new Date());
    expect([code, person]).toEqual([0, 'rosa']);
    expect(statement).toMatchObject({
      verb: 'launch',
      incident: 'inc-1',
      site: site.digest,
      policy: site.policyDigest,
      runbook: site.runbooks['bmc-compromise']?.digest,
      targets: ['node1', 'node2'],
      reason: 'beacon',
    });
    expect(input.zones).toEqual([{ zone: 'oob', targets: ['node1', 'node2'] }]);
    expect(out).toEqual({ incident: 'inc-1', launch: statementDigest(input.launch), alreadyRunning: false, targets: 2, zones: ['oob'] });
  });

  it('names an incident after the day when nobody does', async () => {
    const { started } = await open({ targets: [id('node1')] });
    expect(started[0]?.incident).toMatch(/^inc-\d{8}-[0-9a-f]{4}$/);
  });

  it('is no conflict when the same launch opened it before, and one when another did', async () => {
    const { started } = await open({ all: true, id: id('inc-1') });
    const [input] = started;
    if (input === undefined) throw new Error('nothing was started');
    const { statement } = await verifyStatement(input.launch, { ...site, people: site.site.people, policy: site.site.policy }, new Date());
    if (statement.verb !== 'launch') throw new Error('expected a launch');
    const again = await open({ all: true, id: id('inc-1') }, taken(statement, input));
    expect([again.code, again.out]).toMatchObject([0, { alreadyRunning: true, launch: statementDigest(input.launch) }]);
    for (const other of [
      { ...statement, reason: 'other' },
      { ...statement, targets: [id<'target'>('node1')] },
    ])
      await expect(open({ all: true, id: id('inc-1') }, taken(other, input))).rejects.toMatchObject({ code: 'CONFLICT', exitCode: 11 });
  });

  it.each<[string, string, string, number]>([
    ['another incident holds a target', 'LEASE_HELD', 'CONFLICT', 11],
    ['the site directories differ', 'SITE_DIFFERS', 'REFUSED', 3],
  ])('says that the workers refuse it: %s', async (_, refusal, code, exitCode) => {
    const refused = viewOf({ state: 'ended', outcome: 'refused', refusal: { code: refusal, message: 'no' } });
    const views = [viewOf({ state: 'opening' }), refused];
    const looked = open({ all: true }, { view: async () => views.shift() ?? null });
    await expect(looked).rejects.toMatchObject({ code, exitCode });
  });

  it('refuses what cannot be meant before anything is started', async () => {
    await expect(open({ targets: [id('node9')] })).rejects.toMatchObject({ code: 'NOT_FOUND', exitCode: 10 });
    await expect(open({})).rejects.toMatchObject({ code: 'USAGE', exitCode: 2 });
    await expect(open({ all: true, targets: [id('node1')] })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(open({ all: true, runbook: 'none' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(open({ all: true, reason: ' ' })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(open({ all: true, as: 'nobody' })).rejects.toMatchObject({ code: 'PEOPLE_UNKNOWN' });
    await expect(open({ all: true, key: fixture.keyFiles['lea'] ?? '' })).rejects.toMatchObject({ exitCode: 4 });
  });

  it('keeps the key out of everything it prints and sends', async () => {
    const { started, out } = await open({ all: true });
    const key = (await readFile(fixture.keyFiles['rosa'] ?? '', 'utf8')).split('\n')[3] ?? 'missing';
    expect(JSON.stringify([started, out])).not.toContain(key);
  });
});
