import { afterEach, expect, test } from 'vitest';
import { startFleet, type Fleet, type FleetTarget } from '../../../drill/fleet.js';
import type { FaultName } from '../../../drill/faults/faults.js';
import type { RedfishCode } from '../../../lib/redfish/errors.js';
import type { ConnectOptions, Connection } from '../../../lib/redfish/types.js';
import { connectTo, refusal } from './small-bmc.js';

const cleanup: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo();
});

async function fleetOfOne(): Promise<{
  fleet: Fleet;
  target: FleetTarget;
  open: (options?: Partial<ConnectOptions>) => Promise<Connection>;
}> {
  const fleet = await startFleet({ targets: 1, profile: 'hpe' });
  cleanup.push(() => fleet.close());
  const [target] = fleet.targets;
  if (target === undefined) throw new Error('no target');
  const credential = { userName: target.userName, password: { reveal: () => target.password } };
  return {
    fleet,
    target,
    open: async (options = {}) => {
      const connection = await connectTo(target, { credential, ...options });
      cleanup.push(() => connection.close());
      return connection;
    },
  };
}

const writes = (fleet: Fleet): string[] =>
  fleet.wire.entries.filter(({ method }) => method !== 'GET').map(({ method, status }) => `${method} ${String(status)}`);

test.each<[FaultName, RedfishCode, string[]]>([
  ['down', 'UNREACHABLE', []],
  ['wrong-certificate', 'PIN_MISMATCH', []],
  ['out-of-sessions', 'SESSION_LIMIT', ['POST 400']],
  ['unauthorized', 'LOGIN_REFUSED', ['POST 401']],
  ['dropping', 'DROPPED', []],
])('a BMC that is %s refuses the connection as %s', async (fault, code, sent) => {
  const { fleet, target, open } = await fleetOfOne();
  await fleet.fault(target.id, fault);
  expect((await refusal(open())).code).toBe(code);
  expect(writes(fleet)).toEqual(sent);
});

test('a session that somebody else ends is not opened again', async () => {
  const { fleet, open } = await fleetOfOne();
  const [first, second] = [await open(), await open({ mode: 'read-write' })];
  await second.send({ method: 'DELETE', uri: first.session ?? '', body: null, ifMatch: null });
  expect((await refusal(first.get('/redfish/v1/Managers'))).code).toBe('UNAUTHORIZED');
  await first.close();
  expect(writes(fleet).filter((line) => line.startsWith('POST'))).toHaveLength(2);
});

test('a certificate that changes under an open connection ends it before the next secret is sent', async () => {
  const { fleet, target, open } = await fleetOfOne();
  const connection = await open();
  await fleet.fault(target.id, 'wrong-certificate');
  const before = fleet.wire.entries.length;
  expect((await refusal(connection.get('/redfish/v1/Managers'))).code).toBe('PIN_MISMATCH');
  await connection.close();
  expect(fleet.wire.entries.length).toBe(before);
});

test('a change whose answer is lost is sent once and may have happened', async () => {
  const { fleet, target, open } = await fleetOfOne();
  const connection = await open({ mode: 'read-write' });
  const account = await connection.get('/redfish/v1/AccountService/Accounts/2');
  await fleet.fault(target.id, 'lost-answer');
  const error = await refusal(connection.send({ method: 'PATCH', uri: account.uri, body: { Enabled: false }, ifMatch: account.etag }));
  expect([error.code, error.sent]).toEqual(['DROPPED', 'unknown']);
  expect(writes(fleet).filter((line) => line.startsWith('PATCH'))).toEqual(['PATCH 200']);
});
