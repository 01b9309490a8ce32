import { afterAll, beforeAll, expect, test } from 'vitest';
import { startFleet, type Fleet } from '../../drill/fleet.js';
import { textAt } from '../../drill/json.js';
import { logIn, membersOf, messageIds, visit, type Visitor } from './bmc-client.js';
import { targetOf } from './support.js';

const ACCOUNTS = '/redfish/v1/AccountService/Accounts';
const CARLA = { UserName: 'carla', Password: 'Correct horse 9', RoleId: 'ReadOnly', Enabled: true };

let fleet: Fleet;
let small: Fleet;

beforeAll(async () => {
  [fleet, small] = await Promise.all([startFleet({ compromise: false }), startFleet({ targets: 1, profile: 'small', compromise: false })]);
});

afterAll(async () => {
  await Promise.all([fleet.close(), small.close()]);
});

async function accountOf(visitor: Visitor, userName: string): Promise<string> {
  for (const uri of await membersOf(visitor, ACCOUNTS)) if ((await visitor.get(uri)).json['UserName'] === userName) return uri;
  throw new Error(`no account ${userName}`);
}

test('an iDRAC has sixteen slots: PATCH fills and frees one, POST and DELETE are not allowed', async () => {
  const target = targetOf(fleet, 'dell');
  const visitor = await visit(target);
  const slots = await membersOf(visitor, ACCOUNTS);
  expect(slots).toHaveLength(16);
  const slot = slots.at(-1) ?? '';
  expect((await visitor.get(slot)).json).toMatchObject({ UserName: '', Enabled: false, RoleId: 'None' });
  expect((await visitor.send('POST', ACCOUNTS, CARLA)).status).toBe(405);

  expect((await visitor.send('PATCH', slot, CARLA)).status).toBe(200);
  const { json } = await visitor.get(slot);
  expect(json).toMatchObject({ UserName: 'carla', Enabled: true, RoleId: 'ReadOnly', Password: null });
  expect(textAt(json, 'Links', 'Role', '@odata.id')).toBe('/redfish/v1/AccountService/Roles/ReadOnly');
  expect((await logIn(target, 'carla', CARLA.Password)).status).toBe(201);

  const deleted = await visitor.send('DELETE', slot);
  expect([deleted.status, deleted.headers['allow']]).toEqual([405, 'GET, HEAD, PATCH']);
  expect((await visitor.send('PATCH', slot, { UserName: '' })).status).toBe(400);
  expect((await visitor.send('PATCH', slot, { Enabled: false, RoleId: 'None' })).status).toBe(200);
  expect((await visitor.send('PATCH', slot, { UserName: '' })).status).toBe(200);
  expect((await visitor.get(slot)).json).toMatchObject({ UserName: '', Enabled: false, RoleId: 'None' });
});

test('iLO and OpenBMC create accounts by POST and remove them by DELETE, with their sessions', async () => {
  for (const kind of ['hpe', 'openbmc']) {
    const target = targetOf(fleet, kind);
    const visitor = await visit(target);
    const created = await visitor.send('POST', ACCOUNTS, CARLA);
    const uri = String(created.headers['location']);
    expect([kind, created.status, await accountOf(visitor, 'carla')]).toEqual([kind, 201, uri]);
    const carla = await visit({ ...target, userName: 'carla', password: CARLA.Password });
    expect((await visitor.send('DELETE', uri)).status).toBe(200);
    expect((await carla.get('/redfish/v1/Systems')).status).toBe(401);
    expect((await visitor.get(uri)).status).toBe(404);
    expect(await membersOf(visitor, ACCOUNTS)).not.toContain(uri);
  }
});

test('a disabled account loses its sessions and may not log in again', async () => {
  const target = targetOf(fleet, 'openbmc');
  const visitor = await visit(target);
  await visitor.send('POST', ACCOUNTS, { ...CARLA, UserName: 'dora' });
  const dora = await visit({ ...target, userName: 'dora', password: CARLA.Password });
  expect((await visitor.send('PATCH', `${ACCOUNTS}/dora`, { Enabled: false })).status).toBe(204);
  expect((await dora.get('/redfish/v1/Systems')).status).toBe(401);
  expect((await logIn(target, 'dora', CARLA.Password)).status).toBe(401);
  await visitor.send('PATCH', `${ACCOUNTS}/dora`, { Enabled: true });
  expect((await logIn(target, 'dora', CARLA.Password)).status).toBe(201);
});

test('a new password ends the other sessions of the account, not the one that set it', async () => {
  const target = targetOf(fleet, 'hpe');
  const admin = await visit(target);
  await admin.send('POST', ACCOUNTS, { ...CARLA, UserName: 'erna' });
  const [one, other] = [
    await visit({ ...target, userName: 'erna', password: CARLA.Password }),
    await visit({ ...target, userName: 'erna', password: CARLA.Password }),
  ];
  const uri = await accountOf(admin, 'erna');
  expect((await one.send('PATCH', uri, { Password: 'Another long 1' })).status).toBe(200);
  expect((await one.get(uri)).status).toBe(200);
  expect((await other.get(uri)).status).toBe(401);
  expect((await logIn(target, 'erna', CARLA.Password)).status).toBe(401);
  expect((await logIn(target, 'erna', 'Another long 1')).status).toBe(201);
});

test('a read-only account may change nothing but its own password', async () => {
  const target = targetOf(fleet, 'openbmc');
  const admin = await visit(target);
  await admin.send('POST', ACCOUNTS, { ...CARLA, UserName: 'fritz' });
  const fritz = await visit({ ...target, userName: 'fritz', password: CARLA.Password });
  expect((await fritz.send('PATCH', `${ACCOUNTS}/fritz`, { RoleId: 'Administrator' })).status).toBe(403);
  expect((await fritz.send('PATCH', `${ACCOUNTS}/root`, { Enabled: false })).status).toBe(403);
  expect((await fritz.send('DELETE', admin.session)).status).toBe(403);
  expect((await fritz.send('POST', ACCOUNTS, CARLA)).status).toBe(403);
  expect((await fritz.send('PATCH', `${ACCOUNTS}/fritz`, { Password: 'a third long one' })).status).toBe(204);
});

test('a refused property is named in the arguments, by makers that leave the text to the client', async () => {
  const visitor = await visit(targetOf(fleet, 'hpe'));
  const [uri = ''] = await membersOf(visitor, ACCOUNTS);
  const answer = await visitor.send('PATCH', uri, { Shoes: 'brown' });
  expect(answer.json['error']).toMatchObject({ '@Message.ExtendedInfo': [{ MessageArgs: ['Shoes'] }] });
  expect(messageIds(answer)).toEqual([expect.stringMatching(/\.PropertyUnknown$/)]);
});

test('what an account cannot be is refused and changes nothing', async () => {
  const target = targetOf(fleet, 'openbmc');
  const visitor = await visit(target);
  const uri = `${ACCOUNTS}/ops-oncall`;
  const before = (await visitor.get(uri)).bytes.toString();
  for (const [change, id] of [
    [{ Enabled: 'no' }, 'PropertyValueTypeError'],
    [{ RoleId: 'Emperor' }, 'PropertyValueNotInList'],
    [{ Locked: true }, 'PropertyValueNotInList'],
    [{ Password: 'short' }, 'PropertyValueFormatError'],
    [{ UserName: 'root' }, 'ResourceAlreadyExists'],
    [{ Shoes: 'brown' }, 'PropertyUnknown'],
  ] as const) {
    const answer = await visitor.send('PATCH', uri, change);
    expect([answer.status, messageIds(answer)]).toEqual([400, [`Base.1.18.1.${id}`]]);
  }
  expect((await visitor.get(uri)).bytes.toString()).toBe(before);
});

test('entity tags are where each maker writes them', async () => {
  const [dell, hpe, openbmc] = await Promise.all(
    ['dell', 'hpe', 'openbmc'].map(async (kind) => (await visit(targetOf(fleet, kind))).get(ACCOUNTS)),
  );
  expect([dell?.headers['etag'], dell?.json['@odata.etag']]).toEqual([undefined, undefined]);
  expect(hpe?.headers['etag']).toMatch(/^W\/"[0-9A-F]{8}"$/);
  expect(hpe?.json['@odata.etag']).toBe(hpe?.headers['etag']);
  expect(openbmc?.headers['etag']).toMatch(/^"[0-9A-F]{8}"$/);
  expect(openbmc?.json['@odata.etag']).toBeUndefined();
});

test('an unchanged resource is 304 to who has it, and HEAD answers without a body', async () => {
  const visitor = await visit(targetOf(fleet, 'openbmc'));
  const { headers, bytes } = await visitor.get(ACCOUNTS);
  const known = await visitor.send('GET', ACCOUNTS, undefined, { 'If-None-Match': String(headers['etag']) });
  expect([known.status, known.bytes.length]).toEqual([304, 0]);
  const head = await visitor.send('HEAD', ACCOUNTS);
  expect([head.status, head.bytes.length, head.headers['content-length']]).toEqual([200, 0, String(bytes.length)]);
});

test('a stale If-Match is 412 on an iLO, a missing one 428 where it is required, and OpenBMC reads neither', async () => {
  const hpe = await visit(targetOf(fleet, 'hpe'));
  const onHpe = await accountOf(hpe, 'ops-oncall');
  const etag = String((await hpe.get(onHpe)).headers['etag']);
  const demote = { RoleId: 'ReadOnly' };
  expect((await hpe.send('PATCH', onHpe, demote, { 'If-Match': etag })).status).toBe(200);
  expect((await hpe.send('PATCH', onHpe, demote, { 'If-Match': etag })).status).toBe(412);
  expect((await hpe.send('PATCH', onHpe, demote, { 'If-Match': '*' })).status).toBe(200);

  const strict = await visit(targetOf(small, 'generic'));
  const onSmall = await accountOf(strict, 'ops-oncall');
  expect((await strict.send('PATCH', onSmall, demote)).status).toBe(428);
  expect((await strict.get(onSmall)).json['RoleId']).toBe('Operator');
  const fresh = String((await strict.get(onSmall)).headers['etag']);
  expect((await strict.send('PATCH', onSmall, demote, { 'If-Match': fresh })).status).toBe(200);

  const openbmc = await visit(targetOf(fleet, 'openbmc'));
  expect((await openbmc.send('PATCH', `${ACCOUNTS}/ops-oncall`, demote, { 'If-Match': '"stale"' })).status).toBe(204);
});
