import { afterEach, describe, expect, test } from 'vitest';
import { downloadPath } from '../../../lib/redfish/download-path.js';
import type { DownloadLimits } from '../../../lib/redfish/download.js';
import type { Connection } from '../../../lib/redfish/types.js';
import { connectTo, refusalCode, startSmallBmc, type Handler, type SmallBmc } from './small-bmc.js';

const FILE = '/ahsdata/HPE_1_20250623.ahs?downloadAll=1';

let bmc: SmallBmc;
let connection: Connection;
afterEach(async () => {
  await connection.close();
  await bmc.stop();
});

async function serving(handler: Handler, downloadLimits: Partial<DownloadLimits> = {}): Promise<Connection> {
  bmc = await startSmallBmc({ [FILE]: handler });
  connection = await connectTo(bmc, { downloadLimits });
  return connection;
}

async function whole(path = FILE): Promise<{ status: number; bytes: string }> {
  const { status, chunks } = await connection.download(path);
  const pieces: Uint8Array[] = [];
  for await (const piece of chunks) pieces.push(piece);
  return { status, bytes: Buffer.concat(pieces).toString('latin1') };
}

describe('a file is read as a stream', () => {
  test('whole, with our token, asked for uncompressed and of any type; the connection goes on afterwards', async () => {
    await serving((_, response) =>
      response.writeHead(200, { 'content-type': 'application/octet-stream', 'set-cookie': 'a=b' }).end('\x00\xffdump'),
    );
    expect(await whole()).toEqual({ status: 200, bytes: '\x00\xc3\xbfdump' });
    const [asked] = bmc.log.filter(({ path }) => path === FILE);
    expect(asked?.headers).toMatchObject({ accept: '*/*', 'accept-encoding': 'identity' });
    expect(asked?.headers['x-auth-token']).toMatch(/^token-of-/);
    expect(Object.keys((await connection.download(FILE)).headers)).not.toContain('set-cookie');
  });

  test('an error answer is an answer, and a redirect is not followed', async () => {
    await serving((_, response) => response.writeHead(302, { location: 'https://elsewhere.example/' }).end());
    expect(await whole()).toEqual({ status: 302, bytes: '' });
    expect(bmc.log.filter(({ path }) => path === FILE)).toHaveLength(1);
  });

  test.each<[string, Handler, Partial<DownloadLimits>, string]>([
    ['larger than allowed', (_, response) => response.end(Buffer.alloc(70_000)), { bytes: 65_536 }, 'BODY_TOO_LARGE'],
    [
      'reset in mid-body',
      (_, response, socket) => response.writeHead(200, { 'content-length': 9 }).write('half', () => socket.destroy()),
      {},
      'DROPPED',
    ],
    ['stalled in mid-body', (_, response) => response.writeHead(200).write('half'), { quietMs: 60 }, 'TIMEOUT'],
    ['never begun', () => undefined, { quietMs: 60 }, 'TIMEOUT'],
    ['dripping for ever', (_, response) => drip(response), { totalMs: 300, quietMs: 200 }, 'TIMEOUT'],
    ['refused for our token', (_, response) => response.writeHead(401).end(), {}, 'UNAUTHORIZED'],
  ])('%s it ends with a code of its own', async (_, handler, limits, code) => {
    await serving(handler, limits);
    expect(await refusalCode(whole())).toBe(code);
  });

  test('a path that is no file of this BMC is refused, and nothing is sent', async () => {
    await serving((_, response) => response.end());
    expect(await refusalCode(connection.download('https://elsewhere.example/dump'))).toBe('BAD_URI');
    expect(await refusalCode(connection.download('//elsewhere.example/dump'))).toBe('BAD_URI');
    expect(bmc.log.filter(({ path }) => path.includes('dump'))).toEqual([]);
  });
});

function drip(response: Parameters<Handler>[1]): void {
  response.writeHead(200);
  const dripping = setInterval(() => response.write('.'), 20);
  response.on('close', () => clearInterval(dripping));
}

describe('the path of a file', () => {
  test.each([
    FILE,
    '/redfish/v1/Managers/bmc/LogServices/Dump/Entries/3/attachment',
    '/redfish/v1/Dell/sacollect.zip',
    '/ahsdata/HPE.ahs?minimalDL=1&&days=1',
    '/a%20b',
  ])('%s is taken as it is spelled', (path) => {
    expect(downloadPath(path)).toBe(path);
    expect(downloadPath(`https://bmc:8443${path}`, 'https://bmc:8443')).toBe(path);
  });

  test.each([
    '',
    'relative',
    'https://elsewhere/x',
    'https://bmc:8443.evil/x',
    '//elsewhere/x',
    '/\\elsewhere',
    '/a//b',
    '/a/../b',
    '/a/./b',
    '/a/%2e%2e/b',
    '/a%2fb',
    '/a%00',
    '/a%zz',
    '/a%25b',
    '/a b',
    '/a\nb',
    '/ä',
    '/a#b',
    'file:///etc/passwd',
    '/redfish/v1/TaskService/TaskMonitors/3',
    '/redfish/v1/TaskService/Tasks/3/Monitor',
    '/redfish/v1/SessionService/Sessions/1',
    '/redfish/v1/Managers/1/Actions/Manager.Reset',
    `/${'a'.repeat(2_048)}`,
  ])('%j is refused', (path) => {
    expect(downloadPath(path, 'https://bmc:8443')).toBe(null);
  });
});
