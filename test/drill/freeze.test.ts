import { afterEach, describe, expect, test, vi } from 'vitest';
import { startFleet, type Fleet, type FleetTarget } from '../../drill/fleet.js';
import type { FleetOptions } from '../../drill/fleet.js';
import { at, memberUris } from '../../drill/json.js';
import { messageIds, visit, type Answered, type Visitor } from './bmc-client.js';

const ACCOUNTS = '/redfish/v1/AccountService/Accounts';
const IDRAC = '/redfish/v1/Managers/iDRAC.Embedded.1';
const ATTRIBUTES = `${IDRAC}/Oem/Dell/DellAttributes/iDRAC.Embedded.1`;
const SMC = '/redfish/v1/Managers/1/Oem/Supermicro';

let fleet: Fleet | null = null;
afterEach(async () => {
  await fleet?.close();
  fleet = null;
});

async function visited(options: FleetOptions): Promise<{ here: Fleet; target: FleetTarget; visitor: Visitor }> {
  const here = await startFleet({ targets: 1, ...options });
  fleet = here;
  const [target] = here.targets;
  if (target === undefined) throw new RangeError('a fleet has a target');
  return { here, target, visitor: await visit(target) };
}

describe('a locked BMC refuses changes in its maker’s words until it is lifted, and still ends sessions', () => {
  test.each([
    [
      'dell',
      ATTRIBUTES,
      (on: boolean) => ({ Attributes: { 'Lockdown.1.SystemLockdown': on ? 'Enabled' : 'Disabled' } }),
      400,
      'IDRAC.2.7.RAC095',
    ],
    ['supermicro', `${SMC}/SysLockdown`, (on: boolean) => ({ SysLockdownEnabled: on }), 403, 'SMC.1.0.OemSystemLockdown'],
  ] as const)('%s', async (profile, lock, body, status, messageId) => {
    const { visitor, target } = await visited({ profile, compromise: false });
    const disable = async (): Promise<Answered> => visitor.send('PATCH', `${ACCOUNTS}/4`, { Enabled: false });
    expect((await visitor.send('PATCH', lock, body(true))).status).toBe(200);
    const refused = await disable();
    expect([refused.status, messageIds(refused)]).toEqual([status, [messageId]]);
    const other = await visit(target);
    expect((await visitor.send('DELETE', other.session)).status).toBeLessThan(300);
    expect((await visitor.send('PATCH', lock, body(false))).status).toBe(200);
    expect((await disable()).status).toBe(200);
  });

  test('dell, of its job queue', async () => {
    const { visitor } = await visited({ profile: 'dell', compromise: false });
    await visitor.send('PATCH', ATTRIBUTES, { Attributes: { 'Lockdown.1.SystemLockdown': 'Enabled' } });
    expect(messageIds(await cancelJob(visitor, 'JID_999000000001'))).toEqual(['IDRAC.2.7.JCP041']);
  });
});

test('a job of an iDRAC is cancelled by its action, alone; an iLO and a Supermicro take a DELETE, an XCC none', async () => {
  const { visitor } = await visited({ profile: 'dell', compromise: false });
  const queue = `${IDRAC}/Oem/Dell/Jobs`;
  const before = memberUris((await visitor.get(queue)).json);
  expect((await cancelJob(visitor, 'JID_CLEARALL')).status).toBeGreaterThanOrEqual(400);
  expect((await cancelJob(visitor, 'JID_999000000001')).status).toBe(200);
  expect(memberUris((await visitor.get(queue)).json)).toEqual(before.filter((uri) => !uri.endsWith('JID_999000000001')));
  await fleet?.close();
  for (const [profile, uri, expected] of [
    ['hpe', '/redfish/v1/UpdateService/UpdateTaskQueue/5c7a10e2', [200, 404]],
    ['supermicro', '/redfish/v1/TaskService/Tasks/90', [200, 404]],
    ['lenovo', '/redfish/v1/TaskService/Tasks/90', [405, 200]],
  ] as const) {
    const one = await visited({ profile, compromise: false });
    expect([(await one.visitor.send('DELETE', uri)).status, (await one.visitor.get(uri)).status]).toEqual(expected);
    await fleet?.close();
  }
});

test('a service is switched as its maker allows: bmcweb takes IPMI and SSH alone, HTTPS stays everywhere', async () => {
  const { visitor } = await visited({ profile: 'openbmc', compromise: false });
  const protocol = '/redfish/v1/Managers/bmc/NetworkProtocol';
  const patch = async (name: string): Promise<number> =>
    (await visitor.send('PATCH', protocol, { [name]: { ProtocolEnabled: false } })).status;
  expect([await patch('IPMI'), await patch('SSH'), await patch('HTTP'), await patch('HTTPS')]).toEqual([204, 204, 400, 400]);
  const { json } = await visitor.get(protocol);
  expect(['IPMI', 'SSH', 'HTTPS'].map((name) => at(json, name, 'ProtocolEnabled'))).toEqual([false, false, true]);
  expect((await visitor.send('PATCH', '/redfish/v1/UpdateService', { ServiceEnabled: false })).status).toBe(405);
});

describe('the attacker comes back when a freeze has reached what it holds', () => {
  const options = { profile: 'openbmc', compromise: true, attack: true, attackEveryMs: 20 } as const;
  const uriOf = ({ planted }: FleetTarget, kind: string): string => planted.find((one) => one.kind === kind)?.uri ?? '';

  test('and is refused with a disabled account and an ended session', async () => {
    const { here, target, visitor } = await visited(options);
    await visitor.send('PATCH', `${ACCOUNTS}/metrics`, { Enabled: false });
    await visitor.send('PATCH', uriOf(target, 'rogue-administrator'), { Enabled: false });
    await visitor.send('DELETE', uriOf(target, 'stolen-session'));
    const tries = (): string[] =>
      [...new Set((target.attempts() ?? []).map((one) => `${one.as} ${one.tries} ${String(one.status)}`))].sort();
    await vi.waitFor(
      () =>
        expect(tries()).toEqual([
          'account create-account 401',
          'account enable-ipmi 401',
          'account log-in 401',
          'session create-account 401',
          'session enable-ipmi 401',
          'session use-session 401',
        ]),
      10_000,
    );
    expect(here.truth().targets[0]?.attempts?.every(({ refused }) => refused)).toBe(true);
  });

  test('and gets through when the freeze is not true', async () => {
    const { here, target, visitor } = await visited(options);
    await here.fault(target.id, 'ignores-patch');
    await visitor.send('PATCH', uriOf(target, 'rogue-administrator'), { Enabled: false });
    await vi.waitFor(() => expect((target.attempts() ?? []).some(({ refused, status }) => !refused && status === 201)).toBe(true), 10_000);
  });

  test('and is quiet before, and where nobody asked for it', async () => {
    const { target, visitor } = await visited(options);
    await visitor.send('PATCH', `${ACCOUNTS}/metrics`, { Enabled: false });
    expect(target.attempts()).toEqual([]);
    await fleet?.close();
    const calm = await visited({ ...options, attack: false });
    expect([calm.target.attempts(), calm.here.truth().targets[0]?.attempts]).toEqual([null, undefined]);
  });
});

function cancelJob(visitor: Visitor, JobID: string): Promise<Answered> {
  return visitor.send('POST', `${IDRAC}/Oem/Dell/DellJobService/Actions/DellJobService.DeleteJobQueue`, { JobID });
}
