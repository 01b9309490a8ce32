import { Agent } from 'node:https';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startFleet, type Fleet } from '../../drill/fleet.js';
import { at, isObject, listAt, textAt } from '../../drill/json.js';
import type { Json } from '../../lib/model/json.js';
import { membersOf, messageIds, visit, type Visitor } from './bmc-client.js';
import { targetOf } from './support.js';

let fleet: Fleet;

beforeAll(async () => {
  fleet = await startFleet({ compromise: false });
});

afterAll(async () => {
  await fleet.close();
});

const LCLOG = '/redfish/v1/Managers/iDRAC.Embedded.1/LogServices/Lclog/Entries';

test('an iDRAC pages its logs by fifty, newest first, and fails behind the last page', async () => {
  const visitor = await visit(targetOf(fleet, 'dell'));
  const first = (await visitor.get(LCLOG)).json;
  expect(first['Members']).toHaveLength(50);
  expect(first['Members@odata.nextLink']).toBe(`${LCLOG}?$skip=50`);
  const all = await membersOf(visitor, LCLOG);
  expect([new Set(all).size, all.length]).toEqual([first['Members@odata.count'], first['Members@odata.count']]);
  const ids = all.map((uri) => Number(uri.split('/').at(-1)));
  expect(ids).toEqual([...ids].sort((a, b) => b - a));
  expect((await visitor.get(all.at(-1) ?? '')).json['Id']).toBe(String(ids.at(-1)));
  expect((await visitor.get(`${LCLOG}?$skip=9999`)).status).toBe(500);
});

test('iLO and OpenBMC show whole log entries in one answer, and an iLO numbers its events without a hole', async () => {
  const hpe = (await (await visit(targetOf(fleet, 'hpe'))).get('/redfish/v1/Managers/1/LogServices/IEL/Entries')).json;
  const openbmc = (await (await visit(targetOf(fleet, 'openbmc'))).get('/redfish/v1/Managers/bmc/LogServices/Journal/Entries')).json;
  for (const page of [hpe, openbmc]) {
    expect(page['Members@odata.nextLink']).toBeUndefined();
    expect(listAt(page, 'Members').every((entry) => textAt(entry, 'Message') !== '')).toBe(true);
  }
  const numbers = listAt(hpe, 'Members').map((entry) => Number(at(entry, 'Oem', 'Hpe', 'EventNumber')));
  expect(numbers).toEqual(numbers.map((_, place) => (numbers[0] ?? 0) + place));
});

test('what we do is in the audit log', async () => {
  const visitor = await visit(targetOf(fleet, 'openbmc'));
  await visitor.send('PATCH', '/redfish/v1/AccountService/Accounts/metrics', { Enabled: false });
  await visitor.send('PATCH', '/redfish/v1/AccountService/Accounts/metrics', { Enabled: true });
  const log = (await visitor.get('/redfish/v1/Managers/bmc/LogServices/Journal/Entries')).json;
  const messages = listAt(log, 'Members')
    .slice(-3)
    .map((entry) => textAt(entry, 'Message'));
  expect(messages).toEqual([
    'Successfully logged in: responder from 127.0.0.1.',
    'Account metrics changed by responder from 127.0.0.1.',
    'Account metrics changed by responder from 127.0.0.1.',
  ]);
});

test('every link of a profile leads to an answer, some of them to an error', async () => {
  for (const target of fleet.targets) {
    const agent = new Agent({ keepAlive: true });
    const answers = await walk(await visit(target, agent));
    agent.destroy();
    const failing = [...answers].filter(([, status]) => status !== 200);
    expect(answers.size).toBeGreaterThan(250);
    expect(failing.length).toBeGreaterThan(0);
    expect(failing.filter(([uri, status]) => status === 404 && !/sut|DellNIC/.test(uri))).toEqual([]);
  }
});

test('an error link says why in the words of its maker', async () => {
  const dell = await (await visit(targetOf(fleet, 'dell'))).get('/redfish/v1/TelemetryService');
  const openbmc = await (await visit(targetOf(fleet, 'openbmc'))).get('/redfish/v1/Systems/system/Processors/CPU.1/EnvironmentMetrics');
  expect([dell.status, messageIds(dell)]).toEqual([403, ['IDRAC.2.2.SWC0242']]);
  expect([openbmc.status, messageIds(openbmc)]).toEqual([500, ['Base.1.18.1.InternalError']]);
});

test('an iLO answers its BIOS under every spelling it advertises', async () => {
  const visitor = await visit(targetOf(fleet, 'hpe'));
  const [lower, upper] = [await visitor.get('/redfish/v1/systems/1/bios/'), await visitor.get('/redfish/v1/Systems/1/Bios')];
  expect([lower.status, lower.bytes.equals(upper.bytes)]).toEqual([200, true]);
});

test('the same seed gives the same content, another seed another', async () => {
  const [again, other] = [await startFleet({ compromise: false }), await startFleet({ compromise: false, seed: 2 })];
  const uri = '/redfish/v1/Systems/system/Memory/DIMM.3';
  const [first, same, different] = await Promise.all(
    [fleet, again, other].map(async (some) => (await (await visit(targetOf(some, 'openbmc'))).get(uri)).bytes.toString()),
  );
  expect(same).toBe(first);
  expect(different).not.toBe(first);
  expect(again.targets.map(({ serial, uuid }) => ({ serial, uuid }))).toEqual(fleet.targets.map(({ serial, uuid }) => ({ serial, uuid })));
  await Promise.all([again.close(), other.close()]);
});

/** Every URI reached from the service root, with its status. */
async function walk(visitor: Visitor): Promise<Map<string, number>> {
  const answers = new Map<string, number>();
  const left = ['/redfish/v1'];
  for (let uri = left.pop(); uri !== undefined; uri = left.pop()) {
    const name = uri.replace(/#.*$/, '').replace(/\/$/, '');
    if (answers.has(name)) continue;
    const { status, json } = await visitor.get(name);
    answers.set(name, status);
    left.push(...linksIn(json));
  }
  return answers;
}

function linksIn(value: Json): string[] {
  if (Array.isArray(value)) return value.flatMap((part: Json) => linksIn(part));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, part]) =>
    (name === '@odata.id' || name.endsWith('nextLink') || name === 'Uri') && typeof part === 'string' ? [part] : linksIn(part),
  );
}
