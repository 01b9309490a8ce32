import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Desk, Opened } from '../../../cli/desk.js';
import { CliError } from '../../../cli/error.js';
import { runComplete, type CompleteOptions } from '../../../cli/incident/complete.js';
import { runRelease, type ReleaseOptions } from '../../../cli/incident/release.js';
import { digest, id, time } from '../../../lib/model/json.js';
import { readStatement } from '../../../lib/model/read-statement.js';
import type { Launch, Statement } from '../../../lib/model/statement.js';
import { AWAITS_PERSON } from '../../../lib/model/verdict.js';
import { loadSite } from '../../../lib/site/load.js';
import { sha256 } from '../../../lib/trust/canonical.js';
import { signStatement, statementDigest } from '../../../lib/trust/statement.js';
import { baseOf, fakeDesk, stage } from '../../support/desk.js';
import { containmentOf, gateOf, INCIDENT, openedOf, viewOf } from '../../support/incident-view.js';
import { makeSite, type SiteFixture } from '../../support/site-fixture.js';

let fixture: SiteFixture;
let opened: Opened;

beforeAll(async () => {
  fixture = await makeSite();
  const { policyDigest } = await loadSite(fixture.dir);
  const now = { notBefore: time(Date.now()), notAfter: time(Date.now() + 86_400_000) };
  const launch: Launch = { ...openedOf().launch, by: id('rosa'), policy: policyDigest, ...now };
  const signed = await signStatement(launch, { privateKey: await readFile(fixture.keyFiles['rosa'] ?? '', 'utf8') });
  opened = openedOf({ launch, digest: statementDigest(signed), input: { ...openedOf().input, launch: signed } });
});
afterAll(() => fixture.remove());

/** A desk that keeps what is delivered to it, and what a person saw before. */
function standing(answers: Partial<Desk>) {
  const on = stage();
  const delivered: Statement[] = [];
  const desk = fakeDesk({
    opened: async () => opened,
    view: async () => viewOf(),
    deliver: async (_incident, signed) => {
      const read = readStatement(signed.text);
      if ('refusal' in read) throw new Error(read.why);
      delivered.push(read.statement);
      return { statement: statementDigest(signed), gate: null };
    },
    ...answers,
  });
  const base = { ...baseOf(on, { site: fixture.dir }), context: { ...on.context, now: Date.now } };
  const signing = { incident: INCIDENT, as: 'lea', key: fixture.keyFiles['lea'] ?? '', reason: 'clean again', yes: true, desk };
  return { delivered, said: on.err, options: { ...base, ...signing } };
}

const FROZEN = [
  { target: id<'target'>('r1'), incident: INCIDENT, since: time(0) },
  { target: id<'target'>('r2'), incident: INCIDENT, since: time(0) },
  { target: id<'target'>('r7'), incident: id<'incident'>('another'), since: time(0) },
];

async function release(change: Partial<ReleaseOptions> = {}, answers: Partial<Desk> = {}) {
  const { delivered, said, options } = standing({
    view: async () => viewOf({ containment: [containmentOf()] }),
    frozen: async () => FROZEN,
    ...answers,
  });
  await runRelease({ ...options, steps: [], targets: [], ...change });
  return { delivered, said: said() };
}

describe('incident release', () => {
  it('signs for everything when nothing is named, under the launch that was verified here', async () => {
    const { delivered } = await release();
    expect(delivered).toMatchObject([
      { verb: 'release', launch: opened.digest, steps: [], subjects: [], by: 'lea', reason: 'clean again' },
    ]);
  });

  it('shows first what is in force of this incident, and that containment is lifted', async () => {
    const { said } = await release({}, { view: async () => viewOf({ containment: [containmentOf()], gates: [gateOf()] }) });
    expect(said).toContain('isolation: zone a, enforcer gw is contained, rules in-force');
    expect(said).toContain('freeze: zone a: 2 targets are opened to others again: r1 r2\n');
    expect(said).toContain('still undecided: gate change');
    expect(said).toContain('this lifts containment');
  });

  it('of one target lifts its freeze and no isolation', async () => {
    const { delivered, said } = await release({ targets: [id('r2')] });
    expect(delivered).toMatchObject([{ steps: [], subjects: [{ kind: 'bmc', target: 'r2' }] }]);
    expect(said).toContain('1 targets are opened to others again: r2\n');
    expect(said).not.toContain('isolation:');
  });

  it('of one step names it, and a silent zone does not hinder it', async () => {
    const silent = async (): Promise<never> => {
      throw new CliError('NO_WORKER', 'no worker answered');
    };
    const { delivered, said } = await release({ steps: [id('freeze')] }, { frozen: silent });
    expect(delivered).toMatchObject([{ steps: ['freeze'], subjects: [] }]);
    expect(said).toContain('zone a does not say what is frozen: no worker answered');
  });

  it.each<[string, Partial<ReleaseOptions>, string]>([
    ['a step that holds nothing', { steps: [id('triage')] }, 'USAGE'],
    ['isolation for one target', { steps: [id('isolate')], targets: [id('r1')] }, 'USAGE'],
    ['a target of another incident', { targets: [id('r7')] }, 'UNKNOWN_TARGET'],
    ['somebody who cannot be asked and did not say --yes', { yes: false }, 'INPUT_NEEDED'],
  ])('signs nothing for %s', async (_what, change, code) => {
    await expect(release(change)).rejects.toMatchObject({ code });
  });

  it('signs nothing when nobody says how the incident stands, or under a launch that does not verify', async () => {
    await expect(release({}, { view: async () => null })).rejects.toMatchObject({ code: 'NO_WORKER' });
    const forged = { ...opened, launch: { ...opened.launch, policy: sha256<'policy'>('other') } };
    await expect(release({}, { opened: async () => forged })).rejects.toMatchObject({ code: 'WRONG_POLICY' });
  });
});

const KEYS = [digest<'claim'>('1'.repeat(64)), digest<'claim'>('2'.repeat(64))] as const;
const CAPTURE = digest<'capture'>('c'.repeat(64));

function byHand(target: string, order: (typeof KEYS)[number]) {
  const state = { at: 'parked', code: AWAITS_PERSON, why: 'pull the\u001b[2J cable', operation: 1, offers: ['skip'], order } as const;
  return { target: id<'target'>(target), step: id<'step'>('isolate'), state, retry: 0 };
}

async function complete(change: Partial<CompleteOptions> = {}, parked = [byHand('r1', KEYS[0])]) {
  const { delivered, said, options } = standing({ view: async () => viewOf({ state: 'waiting', parked }) });
  await runComplete({ ...options, orders: [], captures: [CAPTURE], ...change });
  return { delivered, said: said() };
}

describe('incident complete', () => {
  it('signs for the one operation that waits, after showing its instruction', async () => {
    const { delivered, said } = await complete();
    expect(delivered).toMatchObject([{ verb: 'complete', launch: opened.digest, orders: [KEYS[0]], captures: [CAPTURE] }]);
    expect(said).toContain('r1 at isolate: pull the [2J cable');
    expect(said).toContain(CAPTURE);
  });

  it('does not guess which of several is done, and takes those that are named', async () => {
    const both = [byHand('r1', KEYS[0]), byHand('r2', KEYS[1])];
    const refusal: unknown = await complete({}, both).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'USAGE' });
    expect(refusal instanceof CliError ? refusal.why : '').toContain(`r2: pull the\u001b[2J cable: --order ${KEYS[1]}`);
    expect((await complete({ orders: [KEYS[1]] }, both)).delivered).toMatchObject([{ orders: [KEYS[1]] }]);
  });

  it('signs nothing for what does not wait', async () => {
    await expect(complete({ orders: [KEYS[1]] })).rejects.toMatchObject({ code: 'NOT_PARKED', exitCode: 3 });
    await expect(complete({}, [])).rejects.toMatchObject({ code: 'NOT_PARKED' });
  });
});
