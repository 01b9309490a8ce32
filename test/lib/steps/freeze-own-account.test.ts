import { expect, test, describe } from 'vitest';
import type { ProfileName } from '../../../drill/profiles/profiles.js';
import { Secret } from '../../../lib/vault/secret.js';
import { FileStore } from '../../../lib/vault/file-store.js';
import { openCredentials } from '../../../lib/store/credentials.js';
import { join } from 'node:path';
import { id } from '../../../lib/model/json.js';
import type { ExecutorDeps } from '../../../lib/operations/job.js';
import type { Login } from '../../../lib/redfish/types.js';
import { ownLogin } from '../../../lib/login/own-login.js';
import { releaseBy } from '../../support/by-launch.js';
import { accountsOf, LIST, ownScene, type OwnScene } from '../../support/own-account.js';
import type { OneTarget } from '../../support/one-target.js';
import { PROFILES } from '../../support/rotating.js';

const OWN = /^cofferdam-[0-9a-f]{5}$/;
const SLOTS: readonly ProfileName[] = ['dell', 'lenovo'];

/** The whole of the section, and the operation that ends it. */
const SECTION = [1, 2, 3, 4, 5];

async function released(here: OwnScene) {
  return here.go({ release: await releaseBy(here.one, 'lara') });
}

async function findingsOf({ one, plan }: OwnScene): Promise<readonly string[]> {
  const found = await Promise.all(plan.findings.map((name) => one.objects.get(name)));
  return found.map((value) => (typeof value === 'object' && value !== null && 'code' in value ? String(value.code) : ''));
}

/** An account that somebody else has made, over the attacker's or an administrator's own login. */
async function make(one: OneTarget, userName: string, slot = 7): Promise<void> {
  await one.withConnection('read-write', async (connection) => {
    const isSlot = one.bmc.class.includes('dell') || one.bmc.class.includes('lenovo');
    const uri = isSlot ? `${LIST}/${String(slot)}` : LIST;
    const body = { UserName: userName, Password: 'Some-0ther-secret', RoleId: 'Administrator', Enabled: true };
    const ifMatch = isSlot ? (await connection.get(uri)).etag : null;
    const { status } = await connection.send({ method: isSlot ? 'PATCH' : 'POST', uri, body, ifMatch });
    expect(status).toBeLessThan(300);
  });
}

describe.each(PROFILES)('on %s, the account of an incident', (profile) => {
  test('is made, used, spared by the freeze, and gone after the release as if it had never been', async () => {
    await using here = await ownScene(profile);
    const { one } = here;
    const before = await accountsOf(one);
    expect(await here.go()).toEqual({ is: 'done', operation: 0 });
    const { ours, logsIn, account, made, keptOut } = await here.standing();
    expect({ ours: ours.length, logsIn, state: account?.state, made, keptOut }).toEqual({
      ours: 1,
      logsIn: ours[0],
      state: 'used',
      made: 1,
      keptOut: false,
    });
    expect(account?.incident).toBe('case-1');
    expect(account?.userName).toMatch(OWN);
    const shown = (await accountsOf(one)).find(({ userName }) => userName === ours[0]);
    expect(shown).toMatchObject({ uri: account?.uri, roleId: 'Administrator', enabled: true });
    // The way back.
    expect(one.bmc.works(one.bmc.userName, one.bmc.password)).toBe(true);

    expect(await released(here)).toEqual({ is: 'done', operation: 0 });
    expect(await here.standing()).toMatchObject({ ours: [], logsIn: one.bmc.userName, account: { state: 'removed' }, keptOut: false });
    const allowed = new Set(one.bmc.allow.accounts.map(({ userName }) => userName));
    expect((await accountsOf(one)).filter(({ userName }) => userName === '' || allowed.has(userName))).toEqual(
      before.filter(({ userName }) => userName === '' || allowed.has(userName)),
    );
  });

  test('is found by its name and a login of its own when the answer to a change is lost', async () => {
    await using here = await ownScene(profile, 'lost-answer');
    expect(await here.go({ only: SECTION })).toEqual({ is: 'done', operation: 0 });
    const { ours, logsIn, made } = await here.standing();
    expect({ ours: ours.length, logsIn, made }).toEqual({ ours: 1, logsIn: ours[0], made: 1 });
    expect(await here.go({ only: SECTION, release: await releaseBy(here.one, 'lara') })).toEqual({ is: 'done', operation: 0 });
    expect(await here.standing()).toMatchObject({ ours: [], logsIn: here.one.bmc.userName });
  });

  test('takes another name where somebody has its own, and adopts nobody', async () => {
    const name = await nameOf(profile);
    await using here = await ownScene(profile, null, (one) => make(one, name));
    expect(await findingsOf(here)).toContain('OWN_NAME_TAKEN');
    expect(await here.go({ only: SECTION })).toEqual({ is: 'done', operation: 0 });
    const { account } = await here.standing();
    expect(account?.userName).toMatch(OWN);
    expect(account?.userName).not.toBe(name);
  });

  test('is not made where its name came up after the plan', async () => {
    await using here = await ownScene(profile);
    await make(here.one, await nameOf(profile), 8);
    expect(await here.go({ only: SECTION })).toEqual({ is: 'PRECONDITION_FAILED', operation: 2 });
    expect(await here.standing()).toMatchObject({ logsIn: here.one.bmc.userName, account: null });
  });

  test('stays, and is used, while the login of the inventory does not work any more', async () => {
    await using here = await ownScene(profile);
    const { one } = here;
    expect(await here.go({ only: SECTION })).toEqual({ is: 'done', operation: 0 });
    await write(one, { userName: one.bmc.userName, password: Secret.of('no longer the one') });
    expect(await here.go({ only: SECTION, release: await releaseBy(one, 'lara') })).toEqual({
      is: 'INVENTORY_LOGIN_REFUSED',
      operation: 4,
    });
    const { ours, logsIn, keptOut } = await here.standing();
    expect({ ours: ours.length, logsIn, keptOut }).toEqual({ ours: 1, logsIn: ours[0], keptOut: false });
    await write(one, { userName: one.bmc.userName, password: Secret.of(one.bmc.password) });
    expect(await here.go({ only: SECTION, release: await releaseBy(one, 'lara') })).toEqual({ is: 'done', operation: 0 });
    expect(await here.standing()).toMatchObject({ ours: [], logsIn: one.bmc.userName });
  });
});

function write(one: OneTarget, credential: { userName: string; password: Secret }): Promise<unknown> {
  return new FileStore(join(one.ground.state, 'secrets')).write(one.target.id, credential);
}

/** The first name that this incident chooses; the same on every BMC. */
async function nameOf(profile: ProfileName): Promise<string> {
  await using here = await ownScene(profile);
  for (const { operations } of here.plan.sections)
    for (const { send } of operations) if (send.kind === 'vault' && send.act === 'create') return send.userName;
  throw new RangeError('the plan makes no account');
}

test.each(SLOTS)('where no slot of a %s is free, that is told, and the freeze goes on with the login of the inventory', async (profile) => {
  const fill = async (one: OneTarget): Promise<void> => {
    const free = (await accountsOf(one)).filter(({ userName, uri }) => userName === '' && (profile !== 'dell' || !uri.endsWith('/1')));
    for (const { uri } of free) {
      const slot = Number(uri.split('/').at(-1));
      await make(one, `filled-${String(slot)}`, slot);
    }
  };
  await using here = await ownScene(profile, null, fill);
  expect(await findingsOf(here)).toContain('NO_OWN_ACCOUNT');
  expect(here.plan.sections.every(({ operations: [first] }) => first.send.kind !== 'vault' && first.send.kind !== 'account')).toBe(true);
  expect(await here.standing()).toMatchObject({ ours: [], logsIn: here.one.bmc.userName, account: null });
});

test('that a BMC refuses is told by the next plan, which goes on without it', async () => {
  await using here = await ownScene('dell', 'password-refused');
  expect(await here.go({ only: SECTION })).toEqual({ is: 'HTTP_400', operation: 2 });
  expect(await here.standing()).toMatchObject({ ours: [], logsIn: here.one.bmc.userName, account: { state: 'refused', code: 'HTTP_400' } });
  expect((await openCredentials(here.one.layout.credentials).read(here.one.target.id)).rotations).toEqual([]);
  const next = await here.replan(2);
  expect(await findingsOf(next)).toContain('NO_OWN_ACCOUNT');
  expect(next.plan.sections[0]?.operations[0].send.kind).toBe('redfish');
});

test('that was made and does not let us in is no longer taken for ours, and a later plan makes another and disables it', async () => {
  await using here = await ownScene('lenovo', 'password-neither-works');
  const { one } = here;
  expect(await here.go({ only: SECTION })).toEqual({ is: 'LOCKOUT_NEAR', operation: 2 });
  expect(await here.standing()).toMatchObject({ logsIn: one.bmc.userName, account: { state: 'sent' } });
  await one.fleet.fault(one.bmc.id, null);
  const second = await here.replan(2);
  expect(await second.go({ only: SECTION })).toEqual({ is: 'PRECONDITION_FAILED', operation: 2 });
  const { account: lost } = await here.standing();
  expect(lost).toMatchObject({ state: 'lost', code: 'OWN_LOGIN_REFUSED' });
  // The BMC said that it made it.
  expect(lost?.uri).toContain(LIST);
  const third = await here.replan(3);
  expect(await third.go()).toMatchObject({ is: 'done' });
  const { ours, logsIn, account } = await here.standing();
  expect({ ours, logsIn }).toEqual({ ours: [account?.userName], logsIn: account?.userName });
  expect(account?.userName).not.toBe(lost?.userName);
});

test('whose password the BMC wants changed first is given up: nobody could say on which device it logs in', async () => {
  await using here = await ownScene('openbmc');
  const { one } = here;
  const demanding = (deps: ExecutorDeps): ExecutorDeps => ({
    ...deps,
    tryLogin(known, target, series, login, signal) {
      one.bmc.demandChange(login.userName);
      return deps.tryLogin(known, target, series, login, signal);
    },
  });
  expect(await here.go({ only: SECTION, over: demanding })).toEqual({ is: 'PASSWORD_CHANGE_REQUIRED', operation: 2 });
  const { logsIn, account } = await here.standing();
  expect([logsIn, account?.state, account?.code]).toEqual([one.bmc.userName, 'lost', 'PASSWORD_CHANGE_REQUIRED']);
  expect(account?.uri).toContain(LIST);
});

test('a later plan of the same incident makes no second one, and spares both of our logins', async () => {
  await using here = await ownScene('openbmc');
  expect(await here.go({ only: SECTION })).toEqual({ is: 'done', operation: 0 });
  const { ours } = await here.standing();
  const next = await here.replan(2);
  const sends = JSON.stringify(next.plan.sections);
  expect([here.one.bmc.userName, ...ours].filter((name) => sends.includes(`Accounts/${name}`))).toEqual([]);
  expect(sends).not.toContain('"kind":"account"');
  expect(await next.go()).toEqual({ is: 'done', operation: 0 });
  expect(await here.standing()).toMatchObject({ ours, logsIn: ours[0] });
  const release = await releaseBy(here.one, 'lara');
  expect(await next.go({ release })).toEqual({ is: 'done', operation: 0 });
  expect(await here.go({ only: SECTION, release })).toEqual({ is: 'done', operation: 0 });
  expect(await here.standing()).toMatchObject({ ours: [], logsIn: here.one.bmc.userName });
});

test('a signed retry of the whole section makes no second one', async () => {
  await using here = await ownScene('supermicro');
  expect(await here.go({ only: SECTION })).toEqual({ is: 'done', operation: 0 });
  await here.retry();
  expect(await here.go({ only: SECTION })).toEqual({ is: 'done', operation: 0 });
  expect(await here.standing()).toMatchObject({ made: 1, account: { state: 'used' } });
});

test.each(['openbmc', 'dell'] as const)(
  'a rotation during the freeze of a %s changes our own and the login of the inventory, and the release goes back to that',
  async (profile) => {
    await using here = await ownScene(profile);
    const { one } = here;
    expect(await here.go()).toEqual({ is: 'done', operation: 0 });
    const credentials = openCredentials(one.layout.credentials);
    const before = await credentials.read(one.target.id);
    const { stores } = one.secrets;
    const login = () => ownLogin(one.target, { credentials, vaultOf: (reference) => stores.vaultOf(reference) });
    const works = ({ userName, password }: Login) => [userName, one.bmc.works(userName, password.reveal())];

    const rotation = await here.replan(2, id('rotate'));
    expect(await rotation.go()).toEqual({ is: 'done', operation: 0 });
    // Of either secret a session opened before the change was tried, and its token is dead.
    const oldTokens = [before.account?.ref, one.secrets.referenceOf(one.target.id)].map((ref) => ({ ref, said: 'refused' }));
    expect(await credentials.read(one.target.id)).toEqual({ ...before, oldTokens });
    expect(works(await login())).toEqual([before.account?.userName, true]);
    // Whoever knew the old one is out.
    expect(one.bmc.works(one.bmc.userName, one.bmc.password)).toBe(false);

    expect(await here.go({ release: await releaseBy(one, 'lara') })).toEqual({ is: 'done', operation: 0 });
    expect(works(await login())).toEqual([one.bmc.userName, true]);
    expect((await credentials.read(one.target.id)).account?.state).toBe('removed');
  },
);

test('an account of its name that this incident did not make is not taken out', async () => {
  await using here = await ownScene('small');
  expect(await here.go({ only: SECTION })).toEqual({ is: 'done', operation: 0 });
  const { account } = await here.standing();
  await here.one.withConnection('read-write', async (connection) => {
    const uri = account?.uri ?? '';
    await connection.send({ method: 'DELETE', uri, body: null, ifMatch: (await connection.get(uri)).etag });
  });
  await make(here.one, 'between');
  await make(here.one, account?.userName ?? '');
  const credentials = openCredentials(here.one.layout.credentials);
  if (account !== null) await credentials.keep(here.one.target.id, { ...account, state: 'left' });
  expect(await here.go({ only: [2], release: await releaseBy(here.one, 'lara') })).toEqual({ is: 'PRECONDITION_FAILED', operation: 2 });
  expect((await here.standing()).ours).toEqual([account?.userName]);
});
