import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startFleet, type Fleet, type FleetTarget } from '../../drill/fleet.js';
import { ask, logIn, visit, type Visitor } from './bmc-client.js';

const ACCOUNT = '/redfish/v1/AccountService/Accounts/metrics';
const DISABLE = { Enabled: false };
const RESET = '/redfish/v1/Managers/bmc/Actions/Manager.Reset';

let fleet: Fleet;
let target: FleetTarget;
let visitor: Visitor;

beforeEach(async () => {
  fleet = await startFleet({ compromise: false, pace: { startMs: 100 } });
  const openbmc = fleet.targets[2];
  if (openbmc === undefined) throw new Error('no third target');
  target = openbmc;
  visitor = await visit(target);
});

afterEach(async () => {
  await fleet.close();
});

async function enabled(): Promise<unknown> {
  return (await visitor.get(ACCOUNT)).json['Enabled'];
}

function root(): Promise<{ status: number; pin: string }> {
  return ask(target.address, 'GET', '/redfish/v1');
}

test('down: nobody listens, and on the same address after it is mended', async () => {
  await fleet.fault(target.id, 'down');
  await expect(root()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await fleet.fault(target.id, null);
  expect((await root()).status).toBe(200);
  expect(await enabled()).toBe(true);
});

test('dropping: an answer to a read breaks off in mid-body', async () => {
  await fleet.fault(target.id, 'dropping');
  await expect(root()).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(fleet.wire.entries.at(-1)).toMatchObject({ status: 200, answered: false });
});

test('wrong-certificate: another key than the pinned one, until it is mended', async () => {
  await fleet.fault(target.id, 'wrong-certificate');
  expect((await root()).pin).not.toBe(target.pin);
  await fleet.fault(target.id, 'slow');
  expect((await root()).pin).toBe(target.pin);
});

test('out-of-sessions and unauthorized: no login, while sessions that are open go on', async () => {
  await fleet.fault(target.id, 'out-of-sessions');
  expect((await logIn(target, target.userName, target.password)).status).toBe(503);
  await fleet.fault(target.id, 'unauthorized');
  expect((await logIn(target, target.userName, target.password)).status).toBe(401);
  expect(await enabled()).toBe(true);
});

test('ignores-patch: success is answered and nothing changes', async () => {
  await fleet.fault(target.id, 'ignores-patch');
  expect((await visitor.send('PATCH', ACCOUNT, DISABLE)).status).toBe(204);
  expect(await enabled()).toBe(true);
});

test('lost-answer: the change is applied, the answer never comes, logins and logouts are spared', async () => {
  await fleet.fault(target.id, 'lost-answer');
  await expect(visitor.send('PATCH', ACCOUNT, DISABLE)).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(fleet.wire.entries.at(-1)).toMatchObject({ method: 'PATCH', status: 204, answered: false });
  expect(await enabled()).toBe(false);
  const other = await visit(target);
  expect((await other.send('DELETE', other.session)).status).toBe(200);
});

test('hang-before-apply: nothing is applied or answered until the fault ends', async () => {
  await fleet.fault(target.id, 'hang-before-apply');
  const patched = visitor.send('PATCH', ACCOUNT, DISABLE);
  expect(await enabled()).toBe(true);
  await fleet.fault(target.id, null);
  expect((await patched).status).toBe(204);
  expect(await enabled()).toBe(false);
});

test('session-survives: a session that ended is on no list, and its token is taken until the BMC starts again', async () => {
  await fleet.fault(target.id, 'session-survives');
  const thief = await visit(target);
  expect((await visitor.send('DELETE', thief.session)).status).toBe(200);
  expect((await visitor.get(thief.session)).status).toBe(404);
  expect((await thief.get(ACCOUNT)).status).toBe(200);
  await visitor.send('POST', RESET, { ResetType: 'GracefulRestart' });
  await vi.waitFor(async () => expect((await thief.get(ACCOUNT)).status).toBe(401), 10_000);
});

test('a hold before the change stops one request with nothing applied, and lets it go on', async () => {
  const hold = fleet.hold(target.id, { method: 'PATCH', uri: ACCOUNT }, 'before');
  const patched = visitor.send('PATCH', ACCOUNT, DISABLE);
  await hold.reached;
  expect(await enabled()).toBe(true);
  hold.release();
  expect((await patched).status).toBe(204);
  expect(await enabled()).toBe(false);
  expect((await visitor.send('PATCH', ACCOUNT, { Enabled: true })).status).toBe(204);
});

test('a hold after the change stops it with everything applied and nothing answered', async () => {
  const hold = fleet.hold(target.id, { method: 'PATCH' }, 'after');
  const patched = visitor.send('PATCH', ACCOUNT, DISABLE);
  await hold.reached;
  expect(await enabled()).toBe(false);
  hold.release();
  expect((await patched).status).toBe(204);
});

test('a client that dies at a hold does not take back what it sent', async () => {
  const hold = fleet.hold(target.id, { method: 'PATCH', uri: ACCOUNT }, 'before');
  const killed = new AbortController();
  const headers = { 'X-Auth-Token': visitor.token };
  const patched = ask(target.address, 'PATCH', ACCOUNT, { headers, body: DISABLE, signal: killed.signal });
  await hold.reached;
  killed.abort();
  await expect(patched).rejects.toMatchObject({ code: 'ABORT_ERR' });
  hold.release();
  await vi.waitFor(async () => expect(await enabled()).toBe(false), 10_000);
  expect(fleet.wire.entries.filter((entry) => entry.method === 'PATCH')).toMatchObject([{ status: 204 }]);
});

test('a dropped hold breaks the connection: before, nothing happened; after, everything', async () => {
  const before = fleet.hold(target.id, { method: 'PATCH', uri: ACCOUNT }, 'before');
  before.drop();
  await expect(visitor.send('PATCH', ACCOUNT, DISABLE)).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect([fleet.wire.entries.at(-1)?.status, await enabled()]).toEqual([null, true]);
  const after = fleet.hold(target.id, { method: 'PATCH', uri: ACCOUNT }, 'after');
  after.drop();
  await expect(visitor.send('PATCH', ACCOUNT, DISABLE)).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect([fleet.wire.entries.at(-1)?.status, await enabled()]).toEqual([204, false]);
});

test('a target that is not there is refused by name', () => {
  expect(() => fleet.hold('bmc-9999', { method: 'PATCH' }, 'after')).toThrow(expect.objectContaining({ code: 'UNKNOWN_TARGET' }));
});
