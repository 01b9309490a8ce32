import { afterEach, expect, test } from 'vitest';
import { startFleet } from '../../../drill/fleet.js';
import type { Json } from '../../../lib/model/json.js';
import { identityDigest, readIdentity } from '../../../lib/redfish/identity.js';
import { connectTo, reply, startSmallBmc, type Handler } from './small-bmc.js';

const cleanup: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo();
});

async function identityOf(resources: Record<string, Json>) {
  const handlers = Object.entries(resources).map(([path, body]): [string, Handler] => [path, (_, response) => reply(response, 200, body)]);
  const bmc = await startSmallBmc(Object.fromEntries(handlers));
  cleanup.push(bmc.stop);
  const connection = await connectTo(bmc, { credential: null });
  cleanup.push(() => connection.close());
  return readIdentity(connection.get);
}

const link = (uri: string): Json => ({ '@odata.id': uri });
const COLLECTIONS: Record<string, Json> = {
  '/redfish/v1/': { Systems: link('/redfish/v1/Systems'), Managers: link('/redfish/v1/Managers') },
  '/redfish/v1/Systems': { Members: [link('/redfish/v1/Systems/a'), link('/redfish/v1/Systems/b')] },
  '/redfish/v1/Managers': { Members: [link('/redfish/v1/Managers/1')] },
};

test.each(['dell', 'hpe', 'openbmc'] as const)('of an emulated %s is what its inventory says', async (profile) => {
  const fleet = await startFleet({ targets: 1, profile });
  cleanup.push(() => fleet.close());
  for (const target of fleet.targets) {
    const connection = await connectTo(target, {
      credential: { userName: target.userName, password: { reveal: () => target.password } },
    });
    cleanup.push(() => connection.close());
    expect(await readIdentity(connection.get)).toEqual({ serial: target.serial, uuid: target.uuid });
  }
});

test('the UUID is the service root’s own before that of a manager, and the serial number the first that a system has', async () => {
  const resources: Record<string, Json> = {
    ...COLLECTIONS,
    '/redfish/v1/Systems/a': { SerialNumber: null },
    '/redfish/v1/Systems/b': { SerialNumber: ' F54P1G3 ' },
    '/redfish/v1/Managers/1': { UUID: 'manager', ServiceEntryPointUUID: 'entry' },
  };
  expect(await identityOf(resources)).toEqual({ serial: 'F54P1G3', uuid: 'entry' });
  expect((await identityOf({ ...resources, '/redfish/v1/Managers/1': { UUID: 'manager' } })).uuid).toBe('manager');
  const own: Json = { UUID: 'root', Managers: link('/redfish/v1/Managers') };
  expect(await identityOf({ ...resources, '/redfish/v1/': own })).toEqual({ serial: '', uuid: 'root' });
});

test('text from the BMC is stripped and bounded', async () => {
  const { uuid } = await identityOf({ '/redfish/v1/': { UUID: `\u001b[2J\u202eevil\n${'x'.repeat(1_000)}` } });
  expect(uuid).toMatch(/^\[2J evil x+…$/);
  expect(uuid.length).toBe(128);
});

test('two devices have two digests', () => {
  const digests = [
    identityDigest({ serial: 'a', uuid: 'b' }),
    identityDigest({ serial: 'b', uuid: 'a' }),
    identityDigest({ serial: 'a', uuid: 'b' }),
  ];
  expect(new Set(digests).size).toBe(2);
});
