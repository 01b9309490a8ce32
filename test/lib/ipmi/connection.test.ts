import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHANNELS, type Command } from '../../../lib/ipmi/commands.js';
import { openIpmi, type Answers } from '../../../lib/ipmi/connection.js';
import { Secret } from '../../../lib/vault/secret.js';
import { hasIpmi, PASSWORD, startStage, type Stage } from './support.js';

const ALL: readonly Command[] = [
  ...(
    [
      'mc guid',
      'mc info',
      'session info all',
      'sel info',
      'sel list',
      'sel time get',
      'sel writeraw',
      'sdr info',
      'chassis status',
      'fru read 0',
    ] as const
  ).map((name) => ({ name })),
  ...(['channel info', 'channel getaccess', 'channel getciphers ipmi', 'user list', 'user summary', 'lan print'] as const).map((name) => ({
    name,
    channel: CHANNELS[0],
  })),
];

/** NetFn and command of IPMI 2.0, appendix G, that read; those of the session itself; and what ipmitool looks for in chassis (HPM, VITA, PICMG), which do too. */
const READS = new Set([
  // Get Device ID, Device GUID, Channel Authentication Capabilities, Session Info, Channel Access, Channel Info, User Access, User Name, Cipher Suites
  ...['6/1', '6/37', '6/38', '6/3d', '6/41', '6/42', '6/44', '6/46', '6/54'],
  // Set Session Privilege Level, Close Session: ours
  ...['6/3b', '6/3c'],
  // Get LAN Configuration, Get Chassis Status, Get FRU Inventory Area Info, Read FRU Data
  ...['c/2', '0/1', 'a/10', 'a/11'],
  // Get SDR Repository Info, Get SDR Repository Allocation Info, Get SEL Info, Get SEL Allocation Info, Reserve SEL, Get SEL Entry, Get SEL Time
  ...['a/20', 'a/21', 'a/40', 'a/41', 'a/42', 'a/43', 'a/48'],
  // Reserve SDR Repository, Get SDR
  ...['a/22', 'a/23'],
  '2c/0',
  '2c/3e',
]);

let stage: Stage;

function open(password = PASSWORD, address = stage.address, userName = 'irops') {
  return openIpmi({ address, credential: { userName, password: Secret.of(password) }, signal: new AbortController().signal });
}

async function readAll(commands: readonly Command[], password?: string, address?: string): Promise<Answers> {
  const connection = await open(password, address);
  return connection.read(commands).finally(() => connection.close());
}

function sent(messages: string): Set<string> {
  return new Set(
    [...messages.matchAll(/netfn=0x([0-9a-f]+) cmd=0x([0-9a-f]+) rs_addr=0x20/g)].map(([, fn, cmd]) => `${fn ?? ''}/${cmd ?? ''}`),
  );
}

describe.skipIf(!hasIpmi)('a conversation over IPMI', () => {
  beforeAll(async () => {
    stage = await startStage();
  });
  afterAll(() => stage.stop());

  it('answers every command of the table in one session, with suite 3 where the BMC refuses 17, and sends nothing that writes', async () => {
    const before = stage.messages().length;
    const { outputs, cut } = await readAll(ALL);
    expect(cut).toBeNull();
    expect(outputs.map(({ uri }) => uri)).toEqual([
      'ipmi:/mc/guid',
      'ipmi:/mc/info',
      'ipmi:/session/info/all',
      'ipmi:/sel/info',
      'ipmi:/sel/list',
      'ipmi:/sel/time/get',
      'ipmi:/sel/writeraw',
      'ipmi:/sdr/info',
      'ipmi:/chassis/status',
      'ipmi:/fru/read/0',
      'ipmi:/channel/info/1',
      'ipmi:/channel/getaccess/1',
      'ipmi:/channel/getciphers/ipmi/1',
      'ipmi:/user/list/1',
      'ipmi:/user/summary/1',
      'ipmi:/lan/print/1',
      'ipmi:/stderr',
    ]);
    // The simulator has no FRU; everything else it shows.
    expect(outputs.filter(({ body }) => body.length === 0).map(({ uri }) => uri)).toEqual(['ipmi:/fru/read/0']);
    expect(outputs.find(({ uri }) => uri === 'ipmi:/sel/writeraw')?.body.length).toBe(32);
    expect(new Set(outputs.map(({ cipherSuite }) => cipherSuite))).toEqual(new Set([3]));
    const messages = stage.messages().slice(before);
    expect(messages.match(/Session started/g)?.length).toBe(1);
    expect([...sent(messages)].filter((message) => !READS.has(message))).toEqual([]);
    expect(sent(messages).size).toBeGreaterThan(12);
  });

  it('sends nothing again after a refused password', async () => {
    const connection = await open('wrong');
    await expect(connection.read([{ name: 'mc guid' }])).rejects.toMatchObject({ name: 'IpmiError', code: 'LOGIN_REFUSED' });
    const before = stage.messages().length;
    await expect(connection.read([{ name: 'mc guid' }])).rejects.toMatchObject({ code: 'CLOSED' });
    expect(stage.messages().length).toBe(before);
    await connection.close();
  });

  it('tells an unknown user and a silent address apart from a wrong password, and none of them the secret', async () => {
    const unknown = await open(PASSWORD, stage.address, 'nobody');
    const refused = await unknown.read([{ name: 'mc guid' }]).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'LOGIN_REFUSED' });
    await unknown.close();
    const nobody = await readAll([{ name: 'mc guid' }], PASSWORD, 'ipmi://nosuch.invalid').catch((error: unknown) => error);
    expect(nobody).toMatchObject({ code: 'UNREACHABLE' });
    expect(JSON.stringify([String(refused), String(nobody), refused, nobody])).not.toContain(PASSWORD);
  });

  it.each([
    ['a password of 21 bytes', 'x'.repeat(21)],
    ['a password with a line feed', 'a\nb'],
  ])('does not try %s', async (_, password) => {
    await expect(open(password)).rejects.toMatchObject({ code: 'BAD_CREDENTIAL' });
  });

  it('is stopped by its signal and leaves nothing on disk', async () => {
    const ours = (): Promise<string[]> => readdir(tmpdir()).then((names) => names.filter((name) => name.startsWith('cofferdam-ipmi-')));
    const before = await ours();
    const stopped = new AbortController();
    const credential = { userName: 'irops', password: Secret.of(PASSWORD) };
    const connection = await openIpmi({ address: 'ipmi://127.0.0.1:1', credential, signal: stopped.signal });
    const reading = connection.read([{ name: 'mc guid' }]);
    stopped.abort();
    await expect(reading).rejects.toMatchObject({ code: 'ABORTED' });
    await connection.close();
    expect(await ours()).toEqual(before);
  });
});
