import { afterEach, describe, expect, test, vi } from 'vitest';
import type { FleetOptions } from '../../../drill/fleet.js';
import type { ProfileName } from '../../../drill/profiles/profiles.js';
import { listKept } from '../../../lib/evidence/kept.js';
import type { Finding } from '../../../lib/model/finding.js';
import { id, type Json } from '../../../lib/model/json.js';
import type { Operation, Order, Outcome, Send } from '../../../lib/model/operation.js';
import type { Plan } from '../../../lib/model/plan.js';
import { inForce } from '../../../lib/operations/in-force.js';
import { isObject, membersOf, textAt } from '../../../lib/redfish/json.js';
import { freezeDrift, type Drift } from '../../../lib/steps/freeze/drift.js';
import { watchedOf, watchFreeze } from '../../../lib/steps/freeze/watch.js';
import { recordingReader } from '../../../lib/steps/reader.js';
import { visit } from '../../drill/bmc-client.js';
import { oneTarget, plantedUri, POLICY, type OneTarget } from '../../support/one-target.js';

const ACCOUNTS = '/redfish/v1/AccountService/Accounts';
const PROTOCOL = '/redfish/v1/Managers/bmc/NetworkProtocol';
const LOCKING: readonly ProfileName[] = ['dell', 'supermicro', 'openbmc'];

let one: OneTarget | null = null;
afterEach(async () => {
  await one?.close();
  one = null;
});

describe.each(LOCKING)('on a %s, carried out by the executor', (profile) => {
  test('every operation is done, the attacker is refused from then on, and the undos restore exactly what was there', async () => {
    const here = await ready({ profile, attack: true, attackEveryMs: 500 });
    const { plan } = here;
    const touched = urisOf(plan);
    const before = await states(here, touched);
    expect(await carryOut(here)).toEqual(operationsOf(plan).map(() => 'done'));
    expect(await drift(here)).toEqual([]);

    const attempts = here.bmc.attempts() ?? [];
    for (const foothold of ['account', 'session'])
      await vi.waitFor(() => expect(attempts.filter(({ as }) => as === foothold).length).toBeGreaterThan(2), { timeout: 10_000 });
    expect(attempts.filter(({ refused }) => !refused)).toEqual([]);
    const { userName } = here.bmc.planted.find(({ kind }) => kind === 'rogue-administrator') ?? {};
    expect((await sessionsOf(here)).filter((name) => name === userName)).toEqual([]);

    await here.withConnection('read-write', async (connection) => {
      for (const { undo } of operationsOf(plan).toReversed()) {
        if (undo?.send.kind !== 'redfish') continue;
        const { etag } = await connection.get(undo.send.uri);
        const { status } = await connection.send({ ...undo.send, ifMatch: etag });
        expect(status).toBeLessThan(300);
      }
    });
    expect(await states(here, touched)).toEqual(before);
  });
});

describe('drift is seen', () => {
  test('as what was frozen, what is there and who the log says did it', async () => {
    const here = await ready({ profile: 'openbmc' });
    await carryOut(here);
    expect(await watched(here)).toEqual([]);
    const rogue = plantedUri(here, 'rogue-administrator');
    const newcomer = { UserName: 'newcomer', Password: 'a-long-password' };
    const account = { ...newcomer, RoleId: 'Administrator', Enabled: true };
    await change(here, { kind: 'redfish', method: 'POST', uri: ACCOUNTS, body: account });
    const visitor = await visit({ ...here.bmc, userName: newcomer.UserName, password: newcomer.Password });
    expect((await visitor.send('PATCH', rogue, { Enabled: true })).status).toBe(204);
    expect((await visitor.send('PATCH', PROTOCOL, { IPMI: { ProtocolEnabled: true } })).status).toBe(204);

    expect(await drift(here)).toEqual([
      { uri: rogue, pointer: '/Enabled', expected: false, found: true },
      { uri: PROTOCOL, pointer: '/IPMI/ProtocolEnabled', expected: false, found: true },
    ] satisfies Drift[]);
    const findings = await watched(here);
    expect(findings.map(({ code, severity, uri }) => [code, severity, uri])).toEqual(
      [rogue, PROTOCOL, `${ACCOUNTS}/newcomer`, visitor.session].map((uri) => ['FREEZE_DRIFT', 'critical', uri]),
    );
    const name = rogue.split('/').at(-1) ?? '';
    expect(findings[0]?.advice).toContain(`"Account ${name} changed by newcomer from 127.0.0.1." by "newcomer" from 127.0.0.1`);
    expect(findings[1]?.advice).toContain(`"Configuration ${PROTOCOL} changed by newcomer from 127.0.0.1."`);
  });

  test('with the last of those who did it, when a log tells them apart by whole seconds', async () => {
    const here = await ready({ profile: 'openbmc' });
    await carryOut(here);
    const rogue = plantedUri(here, 'rogue-administrator');
    for (const UserName of ['newcomer', 'latecomer']) {
      const account = { UserName, Password: 'a-long-password', RoleId: 'Administrator', Enabled: true };
      await change(here, { kind: 'redfish', method: 'POST', uri: ACCOUNTS, body: account });
      const visitor = await visit({ ...here.bmc, userName: UserName, password: account.Password });
      expect((await visitor.send('PATCH', rogue, { Enabled: true })).status).toBe(204);
    }
    const [found] = await watched(here);
    expect([found?.uri, found?.advice.includes('by "latecomer" from')]).toEqual([rogue, true]);
  });

  test('not on a BMC that says neither, which is an error', async () => {
    const here = await ready({ profile: 'small' });
    await carryOut(here);
    await here.fleet.fault(here.target.id, 'everything-missing');
    expect((await drift(here)).length).toBeGreaterThan(0);
    await here.fleet.fault(here.target.id, 'busy-for-ever');
    await expect(watched(here)).rejects.toMatchObject({ code: 'UNREADABLE' });
  });
});

describe('what is frozen is watched, whatever its step came to', () => {
  test('all of it, when the last proof of all failed', async () => {
    const here = await ready({ profile: 'small', attack: false });
    await here.fleet.fault(here.target.id, 'session-survives');
    for (const { n } of operationsOf(here.plan).slice(0, -1)) await attempt(here, n);
    expect(await lastOutcome(here)).toMatchObject({ is: 'failed', code: 'TOKEN_SURVIVES' });
    expect(await watched(here, [here])).toEqual([]);
    const rogue = plantedUri(here, 'rogue-administrator');
    await change(here, { kind: 'redfish', method: 'PATCH', uri: rogue, body: { Enabled: true } });
    expect((await watched(here, [here])).map(({ code, uri }) => [code, uri])).toEqual([['FREEZE_DRIFT', rogue]]);
  });

  test('as far as it came, and that still when another plan does the rest', async () => {
    const here = await ready({ profile: 'small', attack: false });
    const rogue = plantedUri(here, 'rogue-administrator');
    const upTo = operationsOf(here.plan).findIndex(({ send }) => send.kind === 'redfish' && send.uri === rogue) + 1;
    for (const { n } of operationsOf(here.plan).slice(0, upTo)) await attempt(here, n);
    // Sessions and services are as they were, by nobody's doing.
    expect((await drift(here)).length).toBeGreaterThan(0);
    expect(await watched(here, [here])).toEqual([]);

    const rest = await planned(here, 2);
    expect(operationsOf(rest.plan).some(({ send }) => send.kind === 'redfish' && send.uri === rogue)).toBe(false);
    expect(new Set(await carryOut(rest))).toEqual(new Set(['done']));
    expect(await watched(here, [here, rest])).toEqual([]);
    await change(here, { kind: 'redfish', method: 'PATCH', uri: rogue, body: { Enabled: true } });
    expect((await watched(here, [here, rest])).map(({ code, uri }) => [code, uri])).toEqual([['FREEZE_DRIFT', rogue]]);
  });

  test('and a plan that was denied makes nobody known', async () => {
    const here = await ready({ profile: 'openbmc', attack: false });
    expect(new Set(await carryOut(here))).toEqual(new Set(['done']));
    const body = { UserName: 'newcomer', Password: 'a-long-password', RoleId: 'Administrator', Enabled: true };
    await change(here, { kind: 'redfish', method: 'POST', uri: ACCOUNTS, body });
    const uri = `${ACCOUNTS}/newcomer`;
    const denied = await planned(here, 2);
    expect(operationsOf(denied.plan).some(({ send }) => send.kind === 'redfish' && send.uri === uri)).toBe(true);
    await change(here, { kind: 'redfish', method: 'PATCH', uri, body: { Enabled: false } });
    const last = await planned(here, 3);
    await change(here, { kind: 'redfish', method: 'PATCH', uri, body: { Enabled: true } });
    expect((await watched(here, [here, denied, last])).map((found) => [found.code, found.uri])).toEqual([['FREEZE_DRIFT', uri]]);
  });
});

describe('a freeze that is not true never reads as done', () => {
  test.each<[string, FleetOptions, Parameters<OneTarget['fleet']['fault']>[1]]>([
    ['a lock that is not set', { profile: 'supermicro', compromise: false }, 'lockdown-not-applied'],
    ['settings that are not changed', { profile: 'small', compromise: false }, 'service-patch-ignored'],
  ])('%s', async (_, options, fault) => {
    const here = await ready(options);
    await here.fleet.fault(here.target.id, fault);
    expect(here.bmc.freeze()?.comesTo).toBe('NOT_APPLIED');
    expect(await lastOutcome(here)).toMatchObject({ is: 'failed', code: 'NOT_APPLIED' });
  });

  test('a lock that somebody set before is refused to us as to others, and shows', async () => {
    const here = await ready({ profile: 'dell' });
    await change(here, operationsOf(here.plan).findLast(({ send }) => send.kind === 'redfish')?.send);
    const make = operationsOf(here.plan).find(({ send }) => send.kind === 'account');
    expect(make?.n).toBe(2);
    await attempt(here, 1);
    expect(await attempt(here, 2)).toMatchObject({ is: 'failed', code: 'HTTP_400' });
  });
});

/** A planned, approved freeze of a BMC whose evidence is sealed. */
async function ready(options: FleetOptions): Promise<OneTarget & Round> {
  const made = await oneTarget(options, POLICY, id('freeze'));
  one = made;
  await made.seal('sessions', 'accounts', 'volatile-logs', 'configuration');
  return { ...made, ...(await planned(made, 1)) };
}

interface Round {
  readonly plan: Plan;
  readonly run: (operation: number) => Promise<Outcome>;
  /** Under which it is carried out. */
  readonly terms: Omit<Order, 'operation'>;
}

async function planned(made: OneTarget, round: number): Promise<Round> {
  const { row, counts, plan } = await made.review();
  const gate = await made.open({ row, counts }, round);
  await made.approve(gate);
  const { operation: _, ...terms } = made.order(row, 1, { round });
  return { plan, terms, run: (operation) => made.attempt(row, gate, operation) };
}

/** The account that the incident makes for itself. */
const OWN = /cofferdam-[0-9a-f]{5}/;

type Prepared = OneTarget & Round;

function attempt(here: Round, operation: number): Promise<Outcome> {
  return here.run(operation);
}

async function carryOut(here: Round): Promise<readonly string[]> {
  const outcomes: string[] = [];
  for (const { n } of operationsOf(here.plan)) outcomes.push((await attempt(here, n)).is);
  return outcomes;
}

/** The outcome of the last operation, looked at until it is settled. */
async function lastOutcome(here: Round): Promise<Outcome> {
  const n = operationsOf(here.plan).at(-1)?.n ?? 0;
  for (let look = 0; look < 12; look += 1) {
    const outcome = await attempt(here, n).catch(() => null);
    if (outcome !== null) return outcome;
  }
  throw new RangeError('it is never settled');
}

function change(here: OneTarget, send: Send | undefined): Promise<void> {
  if (send?.kind !== 'redfish') throw new RangeError('no request');
  return here.withConnection('read-write', async (connection) => {
    expect((await connection.send({ ...send, ifMatch: (await connection.get(send.uri)).etag })).status).toBeLessThan(300);
  });
}

function drift(here: Prepared): Promise<readonly Drift[]> {
  return here.withSeries((series) =>
    here.withConnection('read-only', (connection) => freezeDrift(recordingReader(connection, series, 'plan'), here.plan, [])),
  );
}

/** Without rounds: what the whole plan would have done. */
async function watched(here: Prepared, rounds: readonly Round[] = []): Promise<readonly Finding[]> {
  const whole = { planned: here.plan.sections, sections: here.plan.sections };
  const done = rounds.map(async ({ plan, terms }) => ({ planned: plan.sections, sections: await inForce(here.claims, plan, terms) }));
  const frozen = watchedOf(rounds.length === 0 ? [whole] : await Promise.all(done));
  return here.withSeries((series) =>
    here.withConnection('read-only', (connection) => {
      const { userName, session } = connection;
      const survey = {
        reader: recordingReader(connection, series, 'plan'),
        target: here.target,
        own: { userName, session, also: [OWN.exec(JSON.stringify(here.plan))?.[0] ?? ''] },
      };
      return watchFreeze(survey, frozen, [], async () => {
        await series.commit();
        return listKept(series.folder);
      });
    }),
  );
}

function operationsOf({ sections }: Plan): readonly Operation[] {
  return sections.flatMap(({ operations }) => operations);
}

/** Resources that an undo restores. */
function urisOf(plan: Plan): readonly string[] {
  const uris = operationsOf(plan).flatMap(({ undo }) => (undo?.send.kind === 'redfish' ? undo.send.uri : []));
  return [...new Set(uris)];
}

function states(here: OneTarget, uris: readonly string[]): Promise<readonly Json[]> {
  return here.withConnection('read-only', async (connection) => {
    const found: Json[] = [];
    for (const uri of uris) found.push(untagged((await connection.get(uri)).json));
    return found;
  });
}

function untagged(json: Json): Json {
  return isObject(json) ? Object.fromEntries(Object.entries(json).filter(([name]) => name !== '@odata.etag')) : json;
}

/** Whose sessions are open. */
function sessionsOf(here: OneTarget): Promise<readonly unknown[]> {
  return here.withConnection('read-only', async (connection) => {
    const names: unknown[] = [];
    for (const { uri } of membersOf(await connection.get('/redfish/v1/SessionService/Sessions')))
      names.push(textAt((await connection.get(uri)).json ?? undefined, 'UserName'));
    return names;
  });
}
