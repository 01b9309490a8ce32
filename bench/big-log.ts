import { createServer } from 'node:https';
import { selfSigned } from '../drill/certificate.js';

/** A BMC with one very long log, for measuring memory: `big-log.js ENTRIES` prints `{address, pin}` and serves until its stdin ends. */
const ENTRIES = Number(process.argv[2]);
const PAGE = 1_000;
const LOG = '/redfish/v1/Managers/1/LogServices/Audit';
const SESSIONS = '/redfish/v1/SessionService/Sessions';

const link = (uri: string): object => ({ '@odata.id': uri });
const collection = (uri: string, ...members: string[]): object => ({
  ...link(uri),
  Members: members.map(link),
  'Members@odata.count': members.length,
});
const FIXED: ReadonlyMap<string, object> = new Map([
  ['/redfish', { v1: '/redfish/v1/' }],
  [
    '/redfish/v1',
    {
      ...link('/redfish/v1'),
      '@odata.type': '#ServiceRoot.v1_15_0.ServiceRoot',
      Product: 'OpenBMC',
      Managers: link('/redfish/v1/Managers'),
      Links: { Sessions: link(SESSIONS) },
    },
  ],
  ['/redfish/v1/Managers', collection('/redfish/v1/Managers', '/redfish/v1/Managers/1')],
  ['/redfish/v1/Managers/1', { ...link('/redfish/v1/Managers/1'), LogServices: link('/redfish/v1/Managers/1/LogServices') }],
  ['/redfish/v1/Managers/1/LogServices', collection('/redfish/v1/Managers/1/LogServices', LOG)],
  [LOG, { ...link(LOG), Entries: link(`${LOG}/Entries`) }],
  [SESSIONS, collection(SESSIONS)],
]);

const { key, cert, pin } = selfSigned('big-log', '127.0.0.1');
const server = createServer({ key, cert }, (request, response) => {
  request.resume();
  const uri = (request.url ?? '').replace(/\/$/, '');
  const login = request.method === 'POST' ? { 'X-Auth-Token': 'bench', Location: `${SESSIONS}/1` } : {};
  const body = request.method === 'GET' ? (FIXED.get(uri) ?? logged(uri)) : link(`${SESSIONS}/1`);
  response.writeHead(body === null ? 404 : request.method === 'POST' ? 201 : 200, { 'Content-Type': 'application/json', ...login });
  response.end(JSON.stringify(body ?? { error: { code: 'Base.1.8.ResourceMissingAtURI' } }));
});
server.listen(0, '127.0.0.1', () => {
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  process.stdout.write(`${JSON.stringify({ address: `https://127.0.0.1:${String(port)}`, pin })}\n`);
});
process.stdin.resume().on('end', () => process.exit(0));

function logged(uri: string): object | null {
  const skip = /Entries(?:\?\$skip=(\d+))?$/.exec(uri);
  if (!uri.startsWith(`${LOG}/Entries`)) return null;
  if (skip === null) return entry(Number(uri.split('/').at(-1)));
  const first = Number(skip[1] ?? 0);
  const next = first + PAGE;
  return {
    ...link(`${LOG}/Entries`),
    Members: Array.from({ length: Math.min(PAGE, ENTRIES - first) }, (_, n) => entry(first + n)),
    'Members@odata.count': ENTRIES,
    ...(next < ENTRIES ? { 'Members@odata.nextLink': `${LOG}/Entries?$skip=${String(next)}` } : {}),
  };
}

function entry(n: number): object {
  return {
    ...link(`${LOG}/Entries/${String(n)}`),
    '@odata.type': '#LogEntry.v1_9_0.LogEntry',
    Id: String(n),
    Name: 'Log Entry',
    Created: '2026-11-24T00:00:00Z',
    EntryType: 'Oem',
    Severity: 'OK',
    Message: `Successfully logged in: operator from 192.0.2.${String(n % 250)}.`,
    MessageArgs: ['operator', `192.0.2.${String(n % 250)}`],
  };
}
