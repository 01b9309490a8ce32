import { afterEach, describe, expect, test } from 'vitest';
import { id } from '../../lib/model/json.js';
import { planTarget } from '../../lib/steps/plan.js';
import type { TargetSecret } from '../../lib/steps/planning.js';
import { openCredentials } from '../../lib/store/credentials.js';
import { readFinding, readPlan } from '../../lib/trust/read-plan.js';
import { fileSecrets } from '../support/executor-over.js';
import { oneTarget, POLICY, secretsOf, type OneTarget } from '../support/one-target.js';
import { given, listing, PROFILES, rotating } from '../support/rotating.js';
import { requireRotated } from './cases.js';

const ROTATE = id<'step'>('rotate');
const METRICS = 'vault://file/metrics';
let one: OneTarget | null = null;
afterEach(async () => {
  await one?.close();
  one = null;
});

/** The plan of the step where the account has this secret, and what it found. */
async function planned(here: OneTarget, secret: TargetSecret) {
  const { target, objects } = here;
  const secrets = { ...secretsOf(target), accounts: [{ userName: 'metrics', ...secret }] };
  const kept = await here.withSeries((series) =>
    here.withConnection('read-only', (connection) => planTarget({ step: ROTATE, target, series, connection, objects, secret: secrets })),
  );
  const plan = readPlan(await objects.get(kept.row.plan));
  const findings = await Promise.all(plan.findings.map(async (digest) => readFinding(await objects.get(digest))));
  return { ...kept, plan, codes: findings.map(({ code, uri }) => `${code} ${uri.split('/').at(-1) ?? ''}`) };
}

describe.each(PROFILES)('on %s', (profile) => {
  test('an account that the inventory lists with a secret gets a new one through our own login, which stays as it is', async () => {
    await using here = await rotating({ profile, service: 'metrics' });
    expect(await here.goOn()).toEqual({ is: 'done', operation: 0, closing: [] });
    const truth = await here.truth();
    requireRotated(truth);
    // One refused login proved that the old one is dead, and a good one came after it.
    expect(truth.own).toMatchObject({ failures: 1, failed: 0 });
    const { bmc } = here.one;
    expect(bmc.works(bmc.userName, bmc.password)).toBe(true);
    expect(bmc.logins().find(({ userName }) => userName === bmc.userName)).toMatchObject({ failures: 0 });
  });
});

test('under a set lock all secrets of a target are replaced one after the other, the last by a login with the first', async () => {
  await using here = await rotating({ profile: 'dell', fault: 'lockdown-on', service: 'metrics' });
  const ends: string[] = [];
  for (let n = 1; n <= here.row.operations; n++) ends.push((await here.attempt(n)).is);
  expect(new Set(ends)).toEqual(new Set(['done', 'already']));
  requireRotated(await here.truth());
  const { bmc, ground, target, layout } = here.one;
  expect(bmc.works(bmc.userName, (await fileSecrets(ground).stores.read(target.secret)).password.reveal())).toBe(true);
  expect(await openCredentials(layout.credentials).read(target.id)).toMatchObject({ uses: null, rotations: [], account: null });
});

test('whoever uses the account is named where a lead reads the plan', async () => {
  one = await oneTarget({ profile: 'openbmc', compromise: false }, POLICY, ROTATE, { listed: listing('metrics', METRICS) });
  const { plan } = await planned(one, { ref: METRICS, sharedWith: [], burnedAt: [] });
  const named = (who: string) => plan.sections.slice(0, 2).map(({ operations }) => operations.map(({ line }) => line.includes(who)));
  const [nobody, change] = [
    [false, false, false, false],
    [false, true, false, false],
  ];
  expect([named('"nightly backup"'), named('"metrics collector"')]).toEqual([
    [change, nobody],
    [nobody, change],
  ]);
});

test('a secret that other targets share, or that was lost at one of them, is found and split, and the shared one is what the BMC must refuse', async () => {
  await using here = await rotating({ profile: 'openbmc', service: 'metrics' });
  const { target, bmc, ground } = here.one;
  const shared = await planned(here.one, { ref: METRICS, sharedWith: [id('bmc-0002')], burnedAt: [id('bmc-0002')] });
  expect(shared.codes).toEqual(['BURNED_SECRET v1', 'SHARED_SECRET v1']);
  const gate = await here.one.open(shared, 2);
  await here.one.approve(gate);
  const [, section] = shared.plan.sections;
  const ends: string[] = [];
  for (const { n } of section?.operations ?? []) {
    const order = here.one.order(shared.row, n, { round: 2 });
    ends.push((await here.one.executor().attempt(order, here.one.context(gate), new AbortController().signal)).is);
  }
  expect(ends).toEqual(['done', 'done', 'already', 'done']);
  const read = async (ref: string) => (await fileSecrets(ground).stores.read(ref)).password.reveal();
  const own = await read(`${METRICS}.${target.id}`);
  expect([bmc.works('metrics', own), bmc.works('metrics', await read(METRICS))]).toEqual([true, false]);
  expect(bmc.logins().find(({ userName }) => userName === 'metrics')).toMatchObject({ failures: 1 });
});

test.each([
  ['is disabled', { Enabled: false }],
  ['is not on the BMC', { UserName: 'gone' }],
])('an account that %s keeps its secret, and the step does not read as a success', async (_why, change) => {
  one = await oneTarget({ profile: 'supermicro', compromise: false }, POLICY, ROTATE, { listed: listing('metrics', METRICS) });
  const uri = one.bmc.logins().find(({ userName }) => userName === 'metrics')?.uri ?? '';
  await one.withConnection('read-write', async (connection) => {
    const { etag } = await connection.get(uri);
    expect((await connection.send({ method: 'PATCH', uri, body: change, ifMatch: etag, limitMs: 10_000 })).status).toBeLessThan(300);
  });
  const { codes, unsupported, plan } = await planned(one, { ref: METRICS, sharedWith: [], burnedAt: [] });
  expect([codes, unsupported]).toEqual([[expect.stringContaining('SECRET_STAYS')], 'SECRET_STAYS']);
  const refs = plan.sections.flatMap(({ operations }) => operations.flatMap(({ send }) => (send.kind === 'vault' ? [send.ref] : [])));
  expect(new Set(refs)).toEqual(new Set([one.target.secret]));
});

test('a store that does not hold the current login of the account is a mistake of the inventory, and nothing is sent', async () => {
  one = await oneTarget({ profile: 'openbmc', compromise: false }, POLICY, ROTATE, {
    listed: listing('metrics', 'vault://file/operators'),
  });
  await given(one, 'ops-oncall', 'vault://file/operators');
  const before = one.fleet.wire.entries.length;
  const { row, counts, plan } = await one.review();
  const gate = await one.open({ row, counts });
  await one.seal('accounts', 'sessions', 'configuration');
  await one.approve(gate);
  const [create, change] = plan.sections[1]?.operations ?? [];
  await one.attempt(row, gate, create?.n);
  await expect(one.attempt(row, gate, change?.n)).rejects.toMatchObject({ reason: 'PRECONDITION_FAILED' });
  expect(one.fleet.wire.entries.slice(before).filter(({ method }) => method === 'PATCH')).toEqual([]);
});
