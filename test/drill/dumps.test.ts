import { afterEach, expect, test } from 'vitest';
import { startFleet, type Fleet } from '../../drill/fleet.js';
import { textAt } from '../../drill/json.js';
import { membersOf, visit } from './bmc-client.js';
import { targetOf } from './support.js';

const SERVICE = '/redfish/v1/Managers/bmc/LogServices/Dump';
const COLLECT = `${SERVICE}/Actions/LogService.CollectDiagnosticData`;
const TASKS = '/redfish/v1/TaskService/Tasks';

let fleet: Fleet;
afterEach(() => fleet.close());

test('a dump is a task that works for a while, then an entry with an attachment; its monitor is answered once', async () => {
  fleet = await startFleet({ compromise: false, profile: 'openbmc', targets: 1 });
  const visitor = await visit(targetOf(fleet, 'openbmc'));
  expect((await visitor.send('POST', COLLECT, { DiagnosticDataType: 'OS' })).status).toBe(400);
  const accepted = await visitor.send('POST', COLLECT, { DiagnosticDataType: 'Manager' });
  const monitor = String(accepted.headers['location']);
  expect([accepted.status, textAt(accepted.json, '@odata.id'), monitor]).toEqual([
    202,
    `${TASKS}/0`,
    '/redfish/v1/TaskService/TaskMonitors/0',
  ]);
  expect(await membersOf(visitor, TASKS)).toEqual([`${TASKS}/0`]);
  const states = [];
  for (let look = 0; look < 3; look++) states.push(textAt((await visitor.get(`${TASKS}/0`)).json, 'TaskState'));
  expect(states).toEqual(['Running', 'Running', 'Completed']);
  const [entry = ''] = await membersOf(visitor, `${SERVICE}/Entries`);
  const file = textAt((await visitor.get(entry)).json, 'AdditionalDataURI');
  const { status, headers, bytes } = await visitor.get(file);
  expect([status, headers['content-type'], bytes.length > 10_000]).toEqual([200, 'application/octet-stream', true]);
  expect([(await visitor.get(monitor)).status, (await visitor.get(monitor)).status]).toEqual([204, 404]);
  expect(
    fleet.wire.entries.filter(({ method, uri, status: answered }) => method === 'POST' && uri === COLLECT && answered === 202),
  ).toHaveLength(1);
});

test('files are for who is logged in, and actions for administrators', async () => {
  fleet = await startFleet({ compromise: false, profile: 'hpe', targets: 1 });
  const target = targetOf(fleet, 'hpe');
  const visitor = await visit(target);
  expect((await visitor.get('/ahsdata/HPE_DRILL.ahs?downloadAll=1')).status).toBe(200);
  await visitor.send('DELETE', visitor.session);
  expect((await visitor.get('/ahsdata/HPE_DRILL.ahs?downloadAll=1')).status).toBe(401);
});
