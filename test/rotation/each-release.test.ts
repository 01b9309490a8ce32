import { expect, test } from 'vitest';
import type { ProfileName } from '../../drill/profiles/profiles.js';
import { id, type Json } from '../../lib/model/json.js';
import type { Condition } from '../../lib/model/operation.js';
import { operationsOf } from '../../lib/model/plan.js';
import { valueAtPointer } from '../../lib/redfish/json.js';
import { WorkerDied } from '../support/as-the-engine.js';
import { releaseBy } from '../support/by-launch.js';
import { ownScene, type OwnScene } from '../support/own-account.js';

const ROTATE = id<'step'>('rotate');

/** Of SNMP that nobody is listed to use, and of accounts that the host gives itself. */
const CLOSED = /^\/(SNMP|CredentialBootstrapping)\//;

interface Setting {
  readonly pointer: string;
  /** Before the freeze. */
  readonly was: Json;
  readonly now: Json | undefined;
}

/** Each setting of services and doors that the freeze changed. */
async function settings({ one, plan }: OwnScene): Promise<readonly Setting[]> {
  const changed = operationsOf(plan).flatMap(({ undo }) => undo?.after.filter(isSetting) ?? []);
  return one.withOwnLogin((connection) =>
    Promise.all(
      changed.map(async ({ uri, pointer, equals }) => {
        const { json } = await connection.get(uri);
        return { pointer, was: equals, now: valueAtPointer(json ?? null, pointer) };
      }),
    ),
  );
}

function isSetting(condition: Condition): condition is Extract<Condition, { pointer: string }> {
  return 'pointer' in condition && /\/(NetworkProtocol|HostInterfaces\/\w+)$/.test(condition.uri);
}

const BOOTSTRAP = ['/CredentialBootstrapping/EnableAfterReset', '/CredentialBootstrapping/Enabled'];

test.each<[ProfileName, string[]]>([
  ['dell', ['/SNMP/ProtocolEnabled']],
  ['lenovo', ['/SNMP/ProtocolEnabled', ...BOOTSTRAP]],
  ['supermicro', BOOTSTRAP],
])(
  'on %s, what a rotation closes for good stays closed after the release, and all else that the freeze closed opens again',
  async (profile, names) => {
    await using freeze = await ownScene(profile);
    expect(await freeze.go()).toEqual({ is: 'done', operation: 0 });
    const rotation = await freeze.replan(2, ROTATE);
    expect(await rotation.go()).toEqual({ is: 'done', operation: 0 });
    expect(await freeze.go({ release: await releaseBy(freeze.one, 'lara') })).toEqual({ is: 'done', operation: 0 });
    const after = await settings(freeze);
    const closed = after.filter(({ pointer }) => CLOSED.test(pointer));
    expect(closed.map(({ pointer, now }) => [pointer, now])).toEqual(names.map((name) => [name, false]));
    expect(after.filter((one) => !closed.includes(one) && one.now !== one.was)).toEqual([]);
    expect(after.length).toBeGreaterThan(closed.length);
  },
);

const LOCK = '/Attributes/Lockdown.1.SystemLockdown';

function isLock(condition: Condition): boolean {
  return 'pointer' in condition && condition.pointer === LOCK;
}

/** How the maker's lock stands. */
async function lock({ one, plan }: OwnScene): Promise<unknown> {
  const condition = operationsOf(plan).flatMap(({ after }) => after.find(isLock) ?? []);
  const uri = condition[0]?.uri ?? '';
  return one.withOwnLogin(async (connection) => valueAtPointer((await connection.get(uri)).json ?? null, LOCK));
}

async function set({ one, plan }: OwnScene, to: string): Promise<void> {
  const send = operationsOf(plan).flatMap(({ send: sent }) =>
    sent.kind === 'redfish' && JSON.stringify(sent.body).includes('SystemLockdown') ? sent : [],
  );
  const uri = send[0]?.uri ?? '';
  await one.withConnection('read-write', (connection) =>
    connection.send({ method: 'PATCH', uri, body: { Attributes: { 'Lockdown.1.SystemLockdown': to } }, ifMatch: null }),
  );
}

/** A rotation that was planned under the lock, to be carried out around the release of the freeze that set it. */
async function underLock(lockedBy: 'the freeze' | 'somebody else' = 'the freeze') {
  const freeze = await ownScene('dell');
  const numbers = operationsOf(freeze.plan).flatMap(({ n, after }) => (after.some(isLock) ? [] : [n]));
  expect(await freeze.go({ only: numbers })).toEqual({ is: 'done', operation: 0 });
  if (lockedBy === 'somebody else') await set(freeze, 'Enabled');
  expect(await freeze.go()).toEqual({ is: 'done', operation: 0 });
  expect(await lock(freeze)).toBe('Enabled');
  const rotation = await freeze.replan(2, ROTATE);
  const [first] = rotation.plan.sections;
  const [lift] = first?.operations ?? [];
  const inside = first?.operations.map(({ n }) => n) ?? [];
  const always = first?.always.map(({ n }) => n) ?? [];
  expect(lift?.line).toMatch(/^lift the lock/);
  return { freeze, rotation, inside, always, [Symbol.asyncDispose]: () => freeze[Symbol.asyncDispose]() };
}

test('what is carried out after the release that lifted the lock does not lock again', async () => {
  await using here = await underLock();
  const { freeze, rotation, inside, always } = here;
  await freeze.go({ release: await releaseBy(freeze.one, 'lara') });
  expect(await lock(freeze)).toBe('Disabled');
  // The account that it was planned to be done by went with the freeze; what the section ends with is due all the same.
  expect(await rotation.go({ only: [...inside, ...always] })).toMatchObject({ is: 'PRECONDITION_FAILED' });
  expect(await lock(freeze)).toBe('Disabled');
});

test('a section does not lock again what was released meanwhile', async () => {
  await using here = await underLock();
  const { freeze, rotation, inside, always } = here;
  expect(await rotation.go({ only: inside })).toEqual({ is: 'done', operation: 0 });
  await freeze.go({ release: await releaseBy(freeze.one, 'lara') });
  expect(await rotation.go({ only: always })).toEqual({ is: 'done', operation: 0 });
  expect(await lock(freeze)).toBe('Disabled');
});

test('a section that lifted the lock before the release, and whose worker died before it could say so, does not lock again', async () => {
  await using here = await underLock();
  const { freeze, rotation, inside, always } = here;
  const { one } = freeze;
  const [lift = 0] = inside;
  const order = one.order(rotation.row, lift, { round: rotation.gate.round });
  const dying = one.executor((deps) => ({
    ...deps,
    claims: (incident) => ({ ...deps.claims(incident), settle: () => Promise.reject(new WorkerDied('before the outcome')) }),
  }));
  const context = one.context(rotation.gate, { step: ROTATE });
  await expect(dying.attempt(order, context, new AbortController().signal)).rejects.toMatchObject({ code: 'UNSETTLED' });
  expect(await lock(freeze)).toBe('Disabled');
  await freeze.go({ release: await releaseBy(one, 'lara') });
  expect(await rotation.go({ only: [...inside, ...always] })).toMatchObject({ is: 'PRECONDITION_FAILED' });
  expect(await lock(freeze)).toBe('Disabled');
});

test('a section locks again what somebody else unlocked, and what was locked again after the release', async () => {
  await using here = await underLock();
  const { freeze, rotation, inside, always } = here;
  const { one } = freeze;
  await set(freeze, 'Disabled');
  expect(await rotation.go({ only: [...inside, ...always] })).toEqual({ is: 'done', operation: 0 });
  expect(await lock(freeze)).toBe('Enabled');
  await freeze.go({ release: await releaseBy(one, 'lara') });
  expect(await lock(freeze)).toBe('Disabled');
  await set(freeze, 'Enabled');
  const [second] = rotation.plan.sections.slice(1).filter(({ operations }) => /^lift the lock/.test(operations[0].line));
  await rotation.go({ only: operationsOf({ sections: second === undefined ? [] : [second] }).map(({ n }) => n) });
  expect(await lock(freeze)).toBe('Enabled');
});

test('a section locks again what somebody else had locked, though the freeze is released meanwhile', async () => {
  await using here = await underLock('somebody else');
  const { freeze, rotation, inside, always } = here;
  expect(await rotation.go({ only: inside })).toEqual({ is: 'done', operation: 0 });
  await freeze.go({ release: await releaseBy(freeze.one, 'lara') });
  expect(await rotation.go({ only: always })).toEqual({ is: 'done', operation: 0 });
  expect(freeze.one.bmc.isLocked()).toBe(true);
});
