import { afterAll, beforeAll, expect, test } from 'vitest';
import { startFleet, type Fleet } from '../../drill/fleet.js';
import { ask } from './bmc-client.js';

let fleet: Fleet;

beforeAll(async () => {
  fleet = await startFleet({ compromise: false });
});

afterAll(async () => {
  await fleet.close();
});

test('each BMC shows the pinned key, its service root to anyone, and nothing else without a login', async () => {
  for (const target of fleet.targets) {
    const root = await ask(target.address, 'GET', '/redfish/v1/');
    expect([root.status, root.pin]).toEqual([200, target.pin]);
    expect((await ask(target.address, 'GET', '/redfish')).json).toEqual({ v1: '/redfish/v1/' });
    expect((await ask(target.address, 'GET', '/redfish/v1/$metadata')).headers['content-type']).toBe('application/xml');
    expect((await ask(target.address, 'GET', '/redfish/v1/Systems')).status).toBe(401);
  }
});
