import { afterEach, expect, test, vi } from 'vitest';
import { startFleet, type Fleet, type FleetOptions } from '../../drill/fleet.js';
import { at, listAt, textAt } from '../../drill/json.js';
import { ask, logIn, membersOf, messageIds, visit } from './bmc-client.js';
import { targetOf } from './support.js';

const SESSIONS = '/redfish/v1/SessionService/Sessions';
let fleet: Fleet | undefined;

async function quiet(options: FleetOptions = {}): Promise<Fleet> {
  fleet = await startFleet({ compromise: false, ...options });
  return fleet;
}

afterEach(async () => {
  await fleet?.close();
  fleet = undefined;
});

test('each BMC shows its own pinned key, its service root to anyone, and nothing else without a login', async () => {
  const { targets } = await quiet();
  for (const target of targets) {
    const root = await ask(target.address, 'GET', '/redfish/v1/');
    expect([root.status, root.pin]).toEqual([200, target.pin]);
    expect((await ask(target.address, 'GET', '/redfish')).json).toEqual({ v1: '/redfish/v1/' });
    expect((await ask(target.address, 'GET', '/redfish/v1/odata')).status).toBe(200);
    expect((await ask(target.address, 'GET', '/redfish/v1/$metadata')).headers['content-type']).toBe('application/xml');
    expect((await ask(target.address, 'GET', '/redfish/v1/Systems')).status).toBe(401);
    expect((await ask(target.address, 'DELETE', `${SESSIONS}/1`)).status).toBe(401);
  }
  expect(new Set(targets.map((target) => target.pin)).size).toBe(targets.length);
  expect(new Set(targets.map((target) => target.address)).size).toBe(targets.length);
});

test('a login is refused with a wrong password, and its token is refused at once after the logout', async () => {
  for (const target of (await quiet()).targets) {
    expect((await logIn(target, target.userName, 'wrong')).status).toBe(401);
    const visitor = await visit(target);
    expect(await membersOf(visitor, SESSIONS)).toContain(visitor.session);
    expect((await visitor.get(visitor.session)).json['UserName']).toBe(target.userName);
    expect((await visitor.send('DELETE', visitor.session)).status).toBe(200);
    expect((await visitor.get('/redfish/v1/Systems')).status).toBe(401);
  }
});

test('an administrator ends the session of another, whose token is refused at once', async () => {
  const target = targetOf(await quiet(), 'openbmc');
  const [mine, theirs] = [await visit(target), await visit(target)];
  expect((await mine.send('DELETE', theirs.session)).status).toBe(200);
  expect((await theirs.get('/redfish/v1/Systems')).status).toBe(401);
  expect((await mine.get(theirs.session)).status).toBe(404);
  expect((await mine.get('/redfish/v1/Systems')).status).toBe(200);
});

test('an iDRAC out of sessions answers 503 RAC0218, an iLO SessionLimitExceeded, until one is freed', async () => {
  const both = await quiet();
  for (const [kind, status, id] of [
    ['dell', 503, 'IDRAC.2.7.RAC0218'],
    ['hpe', 400, 'Base.1.18.SessionLimitExceeded'],
  ] as const) {
    const target = targetOf(both, kind);
    const first = await visit(target);
    let answer = await logIn(target, target.userName, target.password);
    for (let logins = 1; answer.status === 201 && logins < 20; logins += 1) answer = await logIn(target, target.userName, target.password);
    expect([answer.status, messageIds(answer)]).toEqual([status, [id]]);
    await first.send('DELETE', first.session);
    expect((await logIn(target, target.userName, target.password)).status).toBe(201);
  }
});

test('a session that is not used ends by itself', async () => {
  const target = targetOf(await quiet({ idleMs: 5 }), 'dell');
  const visitor = await visit(target);
  await vi.waitFor(async () => expect((await visitor.get('/redfish/v1/Systems')).status).toBe(401), { interval: 20, timeout: 10_000 });
});

test('each maker shows sessions in its own shape', async () => {
  const all = await quiet();
  const bodies = await Promise.all(
    ['dell', 'hpe', 'openbmc'].map(async (kind) => {
      const visitor = await visit(targetOf(all, kind));
      return { visitor, own: (await visitor.get(visitor.session)).json, list: (await visitor.get(SESSIONS)).json };
    }),
  );
  const [dell, hpe, openbmc] = bodies;
  expect(dell?.own).toMatchObject({ ClientOriginIPAddress: '127.0.0.1', SessionType: 'Redfish' });
  expect(hpe?.own).toMatchObject({ Oem: { Hpe: { MySession: true, UserIP: '127.0.0.1' } } });
  expect(textAt(hpe?.list, 'Oem', 'Hpe', 'Links', 'MySession', '@odata.id')).toBe(hpe?.visitor.session);
  expect(openbmc?.own).toMatchObject({ ClientOriginIPAddress: '127.0.0.1' });
});

test('an iLO marks only the session of who asks', async () => {
  const target = targetOf(await quiet(), 'hpe');
  const [mine, theirs] = [await visit(target), await visit(target)];
  expect(at((await mine.get(theirs.session)).json, 'Oem', 'Hpe', 'MySession')).toBe(false);
  expect(at((await theirs.get(theirs.session)).json, 'Oem', 'Hpe', 'MySession')).toBe(true);
});

test('Basic works without a session, and every request under it is a login in the log', async () => {
  const target = targetOf(await quiet(), 'dell');
  const basic = (password: string): Record<string, string> => ({
    Authorization: `Basic ${Buffer.from(`${target.userName}:${password}`).toString('base64')}`,
  });
  const log = '/redfish/v1/Managers/iDRAC.Embedded.1/LogServices/Lclog/Entries';
  expect((await ask(target.address, 'GET', log, { headers: basic(target.password) })).status).toBe(200);
  expect((await ask(target.address, 'GET', log, { headers: basic('wrong') })).status).toBe(401);
  const page = (await ask(target.address, 'GET', log, { headers: basic(target.password) })).json;
  const ids = listAt(page, 'Members')
    .slice(0, 3)
    .map((entry) => textAt(entry, 'MessageId'));
  expect(ids).toEqual(['IDRAC.2.7.USR0030', 'IDRAC.2.7.USR0031', 'IDRAC.2.7.USR0030']);
});
