import { afterEach, expect, test, vi } from 'vitest';
import { startFleet, type Fleet, type FleetTarget } from '../../drill/fleet.js';
import { at, listAt, textAt } from '../../drill/json.js';
import type { ProfileName } from '../../drill/profiles/profiles.js';
import { ask, logIn, membersOf, visit, type Visitor } from './bmc-client.js';

const ACCOUNTS = '/redfish/v1/AccountService/Accounts';
let fleet: Fleet | undefined;

afterEach(async () => {
  await fleet?.close();
  fleet = undefined;
});

async function one(profile: ProfileName): Promise<{ target: FleetTarget; visitor: Visitor }> {
  fleet = await startFleet({ targets: 1, profile, compromise: false });
  const [target] = fleet.targets;
  if (target === undefined) throw new Error('no target');
  return { target, visitor: await visit(target) };
}

test.each(['lenovo', 'supermicro'] as const)('a %s has some hundred resources, all of which answer', async (profile) => {
  const { visitor } = await one(profile);
  const left = ['/redfish/v1'];
  const seen = new Map<string, number>();
  for (let uri = left.pop(); uri !== undefined; uri = left.pop()) {
    const name = uri.replace(/#.*$/, '').replace(/\/$/, '');
    if (seen.has(name)) continue;
    const { status, bytes } = await visitor.get(name);
    seen.set(name, status);
    left.push(...[...bytes.toString().matchAll(/"@odata\.id":"([^"]+)"/g)].map(([, link = '']) => link));
  }
  expect(seen.size).toBeGreaterThan(250);
  const dead = [...seen].filter(([, status]) => status !== 200).map(([uri]) => uri);
  expect(dead.length).toBe(profile === 'lenovo' ? 1 : 20);
});

test('an XCC has twelve slots, wants If-Match, and tells no address of a session', async () => {
  const { target, visitor } = await one('lenovo');
  const slots = await membersOf(visitor, ACCOUNTS);
  expect(slots).toHaveLength(12);
  const free = slots.at(-1) ?? '';
  const change = { UserName: 'carla', Password: 'Correct horse 9', RoleId: 'ReadOnly', Enabled: true };
  expect((await visitor.send('PATCH', free, change)).status).toBe(428);
  const { etag } = (await visitor.get(free)).headers;
  expect((await visitor.send('PATCH', free, change, { 'If-Match': '"stale"' })).status).toBe(412);
  expect((await visitor.send('PATCH', free, { ...change, Password: 'too short' }, { 'If-Match': String(etag) })).status).toBe(400);
  expect((await visitor.send('PATCH', free, change, { 'If-Match': String(etag) })).status).toBe(200);
  expect((await logIn(target, 'carla', change.Password)).status).toBe(201);
  expect((await visitor.get(visitor.session)).json).not.toHaveProperty('ClientOriginIPAddress');
});

test('an XCC keeps its logs below the system, and a full SEL records nothing more', async () => {
  const { visitor } = await one('lenovo');
  const manager = (await visitor.get('/redfish/v1/Managers/1')).json;
  expect(textAt(manager, 'LogServices', '@odata.id')).toBe('/redfish/v1/Systems/1/LogServices');
  expect((await visitor.get('/redfish/v1/Systems/1/LogServices/SEL')).json).toMatchObject({ OverWritePolicy: 'NeverOverWrites' });
  const entries = listAt((await visitor.get('/redfish/v1/Systems/1/LogServices/AuditLog/Entries')).json, 'Members');
  expect(textAt(entries[0], 'Oem', 'Lenovo', 'CommonEventID')).toBe('FQXSPSE4001I');
  const ids = entries.map((entry) => Number(textAt(entry, 'Id')));
  expect(ids).toEqual(ids.map((_, place) => (ids[0] ?? 0) - place));
  expect(ids.at(-1)).toBe(5864);
});

test('a Supermicro shows who did what in its maintenance log, and fifteen empty subscriptions', async () => {
  const { target, visitor } = await one('supermicro');
  const entries = listAt((await visitor.get('/redfish/v1/Managers/1/LogServices/Log1/Entries')).json, 'Members');
  expect(at(entries.at(-1), 'Oem', 'Supermicro')).toEqual({ Interface: 'Redfish', User: target.userName, Source: '127.0.0.1' });
  const destinations = await Promise.all(
    (await membersOf(visitor, '/redfish/v1/EventService/Subscriptions')).map(async (uri) =>
      textAt((await visitor.get(uri)).json, 'Destination'),
    ),
  );
  expect(destinations.filter((destination) => destination === 'http://0.0.0.0')).toHaveLength(15);
});

test.each([
  ['hpe', '/redfish/v1/Managers/1/LogServices/IEL', 'goes on'],
  ['supermicro', '/redfish/v1/Managers/1/LogServices/Log1', 'restarts'],
] as const)('the numbering of a %s log that is cleared %s', async (profile, log, numbering) => {
  const { visitor } = await one(profile);
  const before = Math.max(...(await membersOf(visitor, `${log}/Entries`)).map((uri) => Number(uri.split('/').at(-1))));
  expect((await visitor.send('POST', `${log}/Actions/LogService.ClearLog`, {})).status).toBe(200);
  const [left, ...more] = await membersOf(visitor, `${log}/Entries`);
  expect(more).toEqual([]);
  expect(Number(left?.split('/').at(-1))).toBe(numbering === 'restarts' ? 1 : before + 1);
});

test('after a reset a BMC answers 503 for a while; what is volatile is gone, and sessions where they are not kept', async () => {
  for (const [profile, manager, kept] of [
    ['hpe', '1', false],
    ['openbmc', 'bmc', true],
  ] as const) {
    const { target, visitor } = await one(profile);
    expect((await visitor.send('POST', `/redfish/v1/Managers/${manager}/Actions/Manager.Reset`, {})).status).toBe(200);
    expect((await ask(target.address, 'GET', '/redfish/v1')).status).toBe(503);
    await vi.waitFor(async () => expect((await ask(target.address, 'GET', '/redfish/v1')).status).toBe(200), {
      timeout: 10_000,
      interval: 100,
    });
    expect((await visitor.get('/redfish/v1/Systems')).status).toBe(kept ? 200 : 401);
    const again = await visit(target);
    const log = kept ? '/redfish/v1/Managers/bmc/LogServices/Journal' : '/redfish/v1/Systems/1/LogServices/Event';
    const entries = await membersOf(again, `${log}/Entries`);
    // OpenBMC's journal has our new login by now.
    expect(entries.length).toBe(kept ? 1 : 0);
    await fleet?.close();
  }
});
