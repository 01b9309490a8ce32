import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encryptKey, readPrivateKey } from 'openpgp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Desk, Opened } from '../../../cli/desk.js';
import { runDecide } from '../../../cli/gate/decide.js';
import { runShow } from '../../../cli/gate/show.js';
import type { GateView } from '../../../lib/model/incident.js';
import { id, time } from '../../../lib/model/json.js';
import type { Launch, SignedStatement } from '../../../lib/model/statement.js';
import { loadSite, type LoadedSite } from '../../../lib/site/load.js';
import { signStatement, statementDigest, verifyStatement } from '../../../lib/trust/statement.js';
import { baseOf, fakeDesk, NOW, stage } from '../../support/desk.js';
import { INCIDENT, openedOf, viewOf } from '../../support/incident-view.js';
import { storedGate, type PlanStore } from '../../support/plan-store.js';
import { makeSite, type SiteFixture } from '../../support/site-fixture.js';

let fixture: SiteFixture;
let site: LoadedSite;
let opened: Opened;
let keys: Readonly<Record<string, string>>;

beforeAll(async () => {
  fixture = await makeSite();
  site = await loadSite(fixture.dir);
  keys = fixture.keyFiles;
  const launch: Launch = {
    ...openedOf().launch,
    by: id('rosa'),
    policy: site.policyDigest,
    // The keys were made just now, and no signature is older than its key.
    notBefore: time(Date.now()),
    notAfter: time(Date.now() + 86_400_000),
  };
  const signed = await signStatement(launch, { privateKey: await readFile(keys['rosa'] ?? '', 'utf8') });
  opened = openedOf({ launch, digest: statementDigest(signed), input: { ...openedOf().input, launch: signed } });
});
afterAll(() => fixture.remove());

interface Try {
  readonly gate: GateView;
  readonly store: PlanStore;
  readonly verb?: 'approve' | 'deny';
  readonly as?: string;
  readonly yes?: boolean;
  readonly opened?: Opened;
  readonly env?: Record<string, string>;
  readonly key?: string;
}

/** Decides, and returns what was delivered. */
async function decide({ gate, store, verb = 'approve', as = 'lea', yes = true, env = {}, ...more }: Try) {
  const on = stage({ env });
  const delivered: SignedStatement[] = [];
  const answers: Partial<Desk> = {
    opened: async () => more.opened ?? opened,
    view: async () => viewOf({ gates: [gate] }),
    read: store.read,
    deliver: async (_incident, signed) => {
      delivered.push(signed);
      return { statement: statementDigest(signed), gate: { ...gate, state: 'approved' } };
    },
  };
  const wall = { ...on.context, now: Date.now };
  const base = { ...baseOf(on, { site: fixture.dir }), context: wall };
  const options = {
    ...base,
    incident: INCIDENT,
    gate: null,
    round: null,
    verb,
    yes,
    as,
    reason: 'read it',
    key: more.key ?? keys[as] ?? '',
  };
  const code = await runDecide({ ...options, desk: fakeDesk(answers) });
  const [signed] = delivered;
  if (signed === undefined || delivered.length > 1) throw new Error('expected one statement');
  const keyring = { ...site, people: site.site.people, policy: site.site.policy };
  const { statement, person } = await verifyStatement(signed, keyring, new Date(Date.now() + 60_000));
  return { code, statement, person, err: on.err() };
}

describe('gate approve', () => {
  it('signs root, round and counts of what it checked, valid until the last section may begin', async () => {
    const { store, gate, index } = storedGate();
    const late = { ...gate, executeBy: time(Date.now() + 3_600_000) };
    const { code, statement, person } = await decide({ store, gate: late });
    expect([code, person]).toEqual([0, 'lea']);
    expect(statement).toMatchObject({
      verb: 'approve',
      incident: 'inc-1',
      launch: opened.digest,
      policy: site.policyDigest,
      gate: 'change',
      round: 1,
      root: gate.root,
      counts: index.counts,
      notAfter: late.executeBy,
    });
  });

  it('signs the counts of the index, whatever the worker says they are', async () => {
    const { store, gate, index } = storedGate();
    const shown = { ...gate, executeBy: soon(), counts: { ...gate.counts, change: 1 } };
    expect((await decide({ store, gate: shown })).statement).toMatchObject({ counts: index.counts });
  });

  it('signs nothing when a plan is forged', async () => {
    const { store, gate, index } = storedGate();
    const [page = ''] = index.pages;
    store.objects.set(page, (store.objects.get(page) ?? '').replace('"operations":2', '"operations":0'));
    await expect(decide({ store, gate })).rejects.toMatchObject({ code: 'FORGED_PLAN', exitCode: 3 });
  });

  it('signs nothing under a launch that its person did not sign, or that binds another policy', async () => {
    const { store, gate } = storedGate();
    const { text } = opened.input.launch;
    const swapped = { ...opened, input: { ...opened.input, launch: { ...opened.input.launch, text: text.replace('beacon', 'drill!') } } };
    await expect(decide({ store, gate, opened: swapped })).rejects.toMatchObject({ code: 'SIGNATURE_INVALID', exitCode: 4 });
    const elsewhere = { ...opened, launch: { ...opened.launch, incident: id<'incident'>('inc-2') } };
    await expect(decide({ store, gate, opened: elsewhere })).rejects.toMatchObject({ code: 'WRONG_INCIDENT', exitCode: 3 });
    const other = { ...opened, launch: { ...opened.launch, policy: openedOf().launch.policy } };
    await expect(decide({ store, gate, opened: other })).rejects.toMatchObject({ code: 'WRONG_POLICY', exitCode: 3 });
  });

  it('signs nothing at a gate that is closed, and asks nobody without a terminal', async () => {
    const { store, gate } = storedGate();
    await expect(decide({ store, gate: { ...gate, state: 'denied' } })).rejects.toMatchObject({ code: 'GATE_CLOSED', exitCode: 3 });
    await expect(decide({ store, gate, yes: false })).rejects.toMatchObject({ code: 'INPUT_NEEDED', exitCode: 2 });
  });

  it('refuses a person nobody knows, a key of somebody else, and a file that is no key', async () => {
    const { store, gate } = storedGate();
    await expect(decide({ store, gate, as: 'mallory' })).rejects.toMatchObject({ code: 'PEOPLE_UNKNOWN', exitCode: 10 });
    const fresh = { ...gate, executeBy: soon() };
    await expect(decide({ store, gate: fresh, key: keys['rosa'] ?? '' })).rejects.toMatchObject({ exitCode: 4 });
    await expect(decide({ store, gate: fresh, key: join(fixture.dir, 'site.yaml') })).rejects.toMatchObject({ code: 'KEY_UNREADABLE' });
  });
});

describe('gate deny', () => {
  it('counts even when the plans are forged: it can only stop', async () => {
    const { store, gate, index } = storedGate();
    for (const page of index.pages) store.objects.set(page, '{}');
    const { statement, err } = await decide({ verb: 'deny', store, gate: { ...gate, executeBy: soon() } });
    expect(statement).toMatchObject({ verb: 'deny', root: gate.root, counts: gate.counts });
    expect(err).toContain('FORGED_PLAN');
  });
});

describe('a locked key', () => {
  it('opens with the passphrase from a file, and is never asked for without a terminal', async () => {
    const { store, gate } = storedGate();
    const fresh = { ...gate, executeBy: soon() };
    const [locked, passphrase] = [join(fixture.folder, 'locked.asc'), join(fixture.folder, 'passphrase')];
    await lock(keys['lea'] ?? '', locked, 'correct horse');
    await writeFile(passphrase, 'correct horse\n');
    expect((await decide({ store, gate: fresh, key: locked, env: { COFFERDAM_PASSPHRASE_FILE: passphrase } })).code).toBe(0);
    await expect(decide({ store, gate: fresh, key: locked })).rejects.toMatchObject({ code: 'INPUT_NEEDED' });
    await writeFile(passphrase, 'wrong\n');
    const wrong = decide({ store, gate: fresh, key: locked, env: { COFFERDAM_PASSPHRASE_FILE: passphrase } });
    await expect(wrong).rejects.toMatchObject({ code: 'KEY_UNREADABLE' });
  });
});

describe('gate show', () => {
  it('prints what would be sent, counts, what is destroyed and how that is guarded', async () => {
    const { store, gate } = storedGate();
    const on = stage();
    const answers: Partial<Desk> = { opened: async () => opened, view: async () => viewOf({ gates: [gate] }), read: store.read };
    expect(await runShow({ ...baseOf(on), incident: INCIDENT, gate: null, round: null, desk: fakeDesk(answers) })).toBe(0);
    expect(on.out()).toContain('by effect: 2 change; by impact on the host: 2 none');
    expect(on.out()).toContain('destroys evidence of class accounts: enforced before each act');
    expect(on.out()).toMatch(/1\. PATCH \/redfish\/v1\/AccountService\/Accounts\/1 \{"Enabled":false\} +disable account 1/);
  });

  it('wants the round named when several are open', async () => {
    const { store, gate } = storedGate();
    const answers: Partial<Desk> = {
      opened: async () => opened,
      view: async () => viewOf({ gates: [gate, { ...gate, round: 2 }] }),
      read: store.read,
    };
    const show = (round: number | null) => runShow({ ...baseOf(stage()), incident: INCIDENT, gate: null, round, desk: fakeDesk(answers) });
    await expect(show(null)).rejects.toMatchObject({ code: 'USAGE' });
    expect(await show(1)).toBe(0);
    await expect(show(3)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

function soon() {
  return time(Math.max(Date.now(), NOW) + 3_600_000);
}

/** A key as a person has it on disk. */
async function lock(from: string, to: string, passphrase: string): Promise<void> {
  const privateKey = await readPrivateKey({ armoredKey: await readFile(from, 'utf8') });
  await writeFile(to, (await encryptKey({ privateKey, passphrase })).armor());
}
