import { afterEach, describe, expect, test, vi } from 'vitest';
import type { FaultName } from '../../drill/faults/faults.js';
import type { ProfileName } from '../../drill/profiles/profiles.js';
import { textAt } from '../../drill/json.js';
import { oneBmc, type OneBmc } from '../support/one-bmc.js';
import { ask, logIn, membersOf, messageIds, visit, type Answered, type Visitor } from './bmc-client.js';

const ACCOUNTS = '/redfish/v1/AccountService/Accounts';
const NEW = 'Abcdefgh1jklm.opqr2tuvwxyz';
const SHORT = 'Abcdefgh1jklm.opqr2';

let one: OneBmc | null = null;

afterEach(async () => {
  await one?.close();
  one = null;
});

async function bmc(profile: ProfileName, fault: FaultName | null = null): Promise<OneBmc> {
  one = await oneBmc(profile, fault);
  return one;
}

async function uriOf(visitor: Visitor, userName: string): Promise<string> {
  for (const uri of await membersOf(visitor, ACCOUNTS)) if ((await visitor.get(uri)).json['UserName'] === userName) return uri;
  throw new Error(`no account ${userName}`);
}

/** Our own account gets a new password in our own session. */
async function rotate({ bmc: target }: OneBmc, Password: string): Promise<{ answer: Answered | 'lost'; visitor: Visitor; uri: string }> {
  const visitor = await visit(target);
  const uri = await uriOf(visitor, target.userName);
  const answer = await visitor.send('PATCH', uri, { Password }, { 'If-Match': '*' }).catch(() => 'lost' as const);
  return { answer, visitor, uri };
}

function working(here: OneBmc, password: string): readonly string[] {
  return here.working(here.bmc.userName, { old: here.bmc.password, new: password });
}

test.each(['dell', 'hpe', 'lenovo', 'supermicro', 'openbmc', 'small'] as const)(
  'a new password on %s is the only one that logs in, and no resource shows it',
  async (profile) => {
    const here = await bmc(profile);
    const { answer, uri } = await rotate(here, SHORT);
    expect(answer).toMatchObject({ status: profile === 'openbmc' ? 204 : 200 });
    expect(working(here, SHORT)).toEqual(['new']);
    expect((await logIn(here.bmc, here.bmc.userName, here.bmc.password)).status).toBe(401);
    const again = await visit({ ...here.bmc, password: SHORT });
    expect((await again.get(uri)).json['Password']).toBeNull();
    expect(here.loginsOf(here.bmc.userName)).toMatchObject({ failed: 0, most: 1, failures: 1, locked: false, lockedEver: false });
  },
);

test.each([
  ['dell', 'Abcdefghij', 'IDRAC.2.7.SYS474'],
  ['dell', 'short', 'IDRAC.2.7.SYS474'],
  ['hpe', 'abcdefgh12', 'iLO.2.23.InvalidPasswordComplexity'],
  ['hpe', 'Short1', 'iLO.2.23.InvalidPasswordLength'],
  ['lenovo', 'Abcdefgh1', 'Base.1.8.PropertyValueFormatError'],
  ['lenovo', 'Abcdefgggh1', 'Base.1.8.PropertyValueFormatError'],
  ['supermicro', NEW, 'Base.1.10.PropertyValueFormatError'],
  ['supermicro', 'abcdefgh12', 'Base.1.10.PropertyValueFormatError'],
  ['openbmc', NEW, 'Base.1.18.1.PropertyValueFormatError'],
] as const)('%s refuses %s in its own words, and the old one stays', async (profile, password, messageId) => {
  const here = await bmc(profile);
  const { answer } = await rotate(here, password);
  if (answer === 'lost') throw new Error('no answer');
  expect([answer.status, messageIds(answer), working(here, password)]).toEqual([400, [messageId], ['old']]);
});

test.each([
  ['openbmc', 200, 401],
  ['dell', 200, 200],
  ['supermicro', 401, 401],
] as const)('a new password on %s leaves its own session at %i and the other at %i', async (profile, own, other) => {
  const here = await bmc(profile);
  const before = await visit(here.bmc);
  const { visitor } = await rotate(here, SHORT);
  expect([(await visitor.get(ACCOUNTS)).status, (await before.get(ACCOUNTS)).status]).toEqual([own, other]);
});

describe('lock-out', () => {
  test('the threshold locks, the right password is refused too, and an administrator unlocks', async () => {
    const here = await bmc('small');
    const admin = await visit(here.bmc);
    const guess = async (password: string): Promise<number> => (await logIn(here.bmc, 'metrics', password)).status;
    const uri = await uriOf(admin, 'metrics');
    await admin.send('PATCH', uri, { Password: SHORT }, { 'If-Match': '*' });
    expect([await guess('a'), await guess('b'), await guess(SHORT)]).toEqual([401, 401, 201]);
    expect(here.loginsOf('metrics')).toMatchObject({ failed: 0, most: 2, lockedEver: false });
    expect([await guess('a'), await guess('b'), await guess('c'), await guess(SHORT)]).toEqual([401, 401, 401, 401]);
    expect((await admin.get(uri)).json['Locked']).toBe(true);
    expect(here.loginsOf('metrics')).toMatchObject({ most: 3, failures: 6, locked: true, lockedEver: true });
    await admin.send('PATCH', uri, { Locked: false }, { 'If-Match': '*' });
    expect([await guess(SHORT), here.keptOut()]).toEqual([201, ['metrics']]);
  });

  test('the account service can say never and lock all the same', async () => {
    const here = await bmc('small', 'lockout-unsaid');
    const admin = await visit(here.bmc);
    expect((await admin.get('/redfish/v1/AccountService')).json['AccountLockoutThreshold']).toBe(0);
    for (const password of ['a', 'b', 'c']) await logIn(here.bmc, 'metrics', password);
    expect(here.loginsOf('metrics').locked).toBe(true);
  });

  test('an iLO delays from the second failure on, an iDRAC blocks the address at the third', async () => {
    const ilo = await bmc('hpe');
    expect([(await logIn(ilo.bmc, 'metrics', 'a')).status, ilo.keptOut()]).toEqual([401, []]);
    await logIn(ilo.bmc, 'metrics', 'a');
    const delayed = await logIn(ilo.bmc, ilo.bmc.userName, ilo.bmc.password);
    expect([delayed.status, messageIds(delayed), ilo.keptOut()]).toEqual([401, ['iLO.2.23.LoginAttemptDelayedSeconds'], ['address']]);
    await ilo.close();
    const idrac = await bmc('dell');
    for (const password of ['a', 'b', 'c']) await logIn(idrac.bmc, 'metrics', password);
    expect(messageIds(await logIn(idrac.bmc, idrac.bmc.userName, idrac.bmc.password))).toEqual(['IDRAC.2.7.USR0034']);
  });
});

test('whoever must change the password can do that, and is then let in', async () => {
  const here = await bmc('openbmc', 'password-must-change');
  const visitor = await visit(here.bmc);
  const refused = await visitor.get('/redfish/v1/Systems');
  expect([refused.status, messageIds(refused)]).toEqual([403, ['Base.1.18.1.PasswordChangeRequired']]);
  const own = `${ACCOUNTS}/${here.bmc.userName}`;
  expect((await visitor.send('PATCH', own, { Enabled: false })).status).toBe(403);
  expect((await visitor.send('PATCH', own, { Password: SHORT })).status).toBe(204);
  expect((await visitor.get('/redfish/v1/Systems')).status).toBe(200);
});

test('a locked-down iDRAC and Supermicro refuse a new password', async () => {
  for (const [profile, messageId] of [
    ['dell', 'IDRAC.2.7.RAC095'],
    ['supermicro', 'SMC.1.0.OemSystemLockdown'],
  ] as const) {
    const here = await oneBmc(profile, 'lockdown-on');
    const { answer } = await rotate(here, SHORT);
    if (answer === 'lost') throw new Error('no answer');
    expect([messageIds(answer), working(here, SHORT)]).toEqual([[messageId], ['old']]);
    await here.close();
  }
});

describe('faults', () => {
  test.each<[FaultName, number | 'lost', readonly string[]]>([
    ['password-refused', 400, ['old']],
    ['password-symbols-refused', 400, ['old']],
    ['password-kept', 200, ['old']],
    ['password-answer-lost', 'lost', ['new']],
    ['password-kept-answer-lost', 'lost', ['old']],
    ['password-starts-again-unanswered', 'lost', ['new']],
    ['password-both-work', 200, ['old', 'new']],
    ['password-neither-works', 200, []],
    ['password-cut-at-16', 200, []],
    ['password-cut-at-20', 200, []],
    ['lockout-of-three', 200, ['new']],
    ['only-administrator', 200, ['new']],
    ['own-key-planted', 200, ['new']],
    ['lockdown-on', 200, ['new']],
  ])('%s answers %s and leaves %j', async (fault, status, left) => {
    const here = await bmc('small', fault);
    const { answer } = await rotate(here, NEW);
    expect([answer === 'lost' ? answer : answer.status, working(here, NEW)]).toEqual([status, left]);
  });

  test('a password that was cut logs in as far as it was kept', async () => {
    const here = await bmc('small', 'password-cut-at-16');
    await rotate(here, NEW);
    expect((await logIn(here.bmc, here.bmc.userName, NEW.slice(0, 16))).status).toBe(201);
  });

  test('a late password works after a while, and the old one until then', async () => {
    const here = await bmc('small', 'password-late');
    await rotate(here, NEW);
    expect(working(here, NEW)).toEqual(['old']);
    await vi.waitFor(() => expect(working(here, NEW)).toEqual(['new']), 10_000);
  });

  test('a password by task works when the task has ended', async () => {
    const here = await bmc('small', 'password-by-task');
    const { answer, visitor } = await rotate(here, NEW);
    if (answer === 'lost') throw new Error('no answer');
    const task = textAt(answer.json, '@odata.id');
    expect([answer.status, (await visitor.get(task)).json['TaskState'], working(here, NEW)]).toEqual([202, 'Running', ['old']]);
    await vi.waitFor(async () => expect((await visitor.get(task)).json['TaskState']).toBe('Completed'), 10_000);
    expect(working(here, NEW)).toEqual(['new']);
  });

  test('a BMC that starts again answers 503, and then the old session is gone', async () => {
    const here = await bmc('small', 'password-starts-again');
    const { visitor } = await rotate(here, NEW);
    const root = async (): Promise<number> => (await ask(here.bmc.address, 'GET', '/redfish/v1')).status;
    expect(await root()).toBe(503);
    await vi.waitFor(async () => expect(await root()).toBe(200), 10_000);
    expect((await visitor.get(ACCOUNTS)).status).toBe(401);
  });
});
