import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { changeOverIpmi, type Change } from '../../../lib/ipmi/change.js';
import { openIpmi } from '../../../lib/ipmi/connection.js';
import { Secret } from '../../../lib/vault/secret.js';
import { startRelay } from '../../support/udp-relay.js';
import { hasIpmi, startStage, USERS, type Stage } from './support.js';

const NEW = 'newcanary9Xq2abc';
const OURS = 'root-canary';
let stage: Stage | undefined;
let folder: string | undefined;

afterEach(async () => {
  vi.unstubAllEnvs();
  await stage?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

const { signal } = new AbortController();
const set = (password = NEW, user = 3): Change => ({ name: 'user set password', user, password: Secret.of(password) });
const as = (address: string, userName = 'root', password = OURS) => ({
  ...{ address, credential: { userName, password: Secret.of(password) }, suite: 3 as const, signal },
});

async function logsIn(address: string, password: string, userName = 'root'): Promise<boolean> {
  const connection = await openIpmi(as(address, userName, password));
  return connection
    .read([{ name: 'mc guid' }])
    .then(
      () => true,
      () => false,
    )
    .finally(() => connection.close());
}

/** Writes down what the real ipmitool is started with, and what else its user could see, then is it. */
async function watched(): Promise<string> {
  const place = await mkdtemp(join(tmpdir(), 'cofferdam-watched-'));
  folder = place;
  const real = (process.env['PATH'] ?? '').split(delimiter).map((one) => join(one, 'ipmitool'));
  const found = await Promise.all(
    real.map((path) =>
      readFile(path).then(
        () => path,
        () => null,
      ),
    ),
  );
  const tool = found.find((path) => path !== null) ?? '';
  const lines = [
    '#!/bin/sh',
    `{ printf '%s\\n' "$@"; echo -- env; env; echo -- shm; ls /dev/shm; } >> ${place}/seen`,
    `exec ${tool} "$@"`,
    '',
  ];
  await writeFile(join(place, 'ipmitool'), lines.join('\n'));
  await chmod(join(place, 'ipmitool'), 0o755);
  vi.stubEnv('PATH', `${place}${delimiter}${process.env['PATH'] ?? ''}`);
  return join(place, 'seen');
}

/** What the file is called until its name is taken away. */
const NAMED = /^cofferdam-[0-9a-f]{32}$/;

describe.skipIf(!hasIpmi)('a password over IPMI', () => {
  it('is set, and neither argument, variable nor file that anybody could open shows it', async () => {
    stage = await startStage();
    const seen = await watched();
    expect(await changeOverIpmi(as(stage.address), set())).toBe('yes');
    const text = await readFile(seen, 'utf8');
    const [args = '', rest = ''] = text.split('-- env\n');
    expect(args).toContain('ADMINISTRATOR');
    expect(text.includes(NEW)).toBe(false);
    expect([args.includes(OURS), rest.includes(`IPMI_PASSWORD=${OURS}`)]).toEqual([false, true]);
    // The file that ipmitool reads has no name any more.
    expect(
      rest
        .split('-- shm\n')[1]
        ?.split('\n')
        .filter((name) => NAMED.test(name)),
    ).toEqual([]);
    expect((await readdir('/dev/shm')).filter((name) => NAMED.test(name))).toEqual([]);
    vi.unstubAllEnvs();
    expect([await logsIn(stage.address, NEW), await logsIn(stage.address, OURS)]).toEqual([true, false]);
  });

  it('leaves once when its request or its answer is lost, and nothing is known of it', async () => {
    const { address } = (stage = await startStage());
    const lost = async (what: 'request' | 'answer', password: string): Promise<readonly unknown[]> => {
      const relay = await startRelay(address);
      relay.lose(what);
      const user = what === 'request' ? 3 : 4;
      const said = await changeOverIpmi(as(relay.address), set(password, user));
      relay.close();
      return [said, relay.changes()];
    };
    const both = [lost('request', NEW), lost('answer', NEW)];
    expect(await Promise.all(both)).toEqual([
      ['nothing', 1],
      ['nothing', 1],
    ]);
    expect([await logsIn(address, NEW), await logsIn(address, NEW, 'svc-update')]).toEqual([false, true]);
  });

  it('is not sent by a login that is refused, or when it is no plain one of 16', async () => {
    stage = await startStage();
    await expect(changeOverIpmi(as(stage.address, 'root', 'wrong'), set())).rejects.toMatchObject({ code: 'LOGIN_REFUSED' });
    for (const bad of [set(`${NEW}d`), set('two words'), set('a\nb'), set(''), set(NEW, 0), set(NEW, 64)])
      await expect(changeOverIpmi(as(stage.address), bad)).rejects.toMatchObject({ code: 'BAD_CREDENTIAL' });
    expect(stage.messages()).not.toContain('cmd=0x47');
  });

  it('of 20 bytes and of 16 are two things to ipmi_sim, which leaves the end of a longer one where it was', async () => {
    const long = 'longcanary7Xq2abcde';
    stage = await startStage({ users: { ...USERS, 3: { name: 'root', password: long, privilege: 'admin' } } });
    expect(await logsIn(stage.address, long)).toBe(true);
    expect(await changeOverIpmi(as(stage.address, 'root', long), set())).toBe('yes');
    // Why an old password of more than 16 bytes is not replaced (docs/ipmi.md).
    expect([await logsIn(stage.address, NEW), await logsIn(stage.address, `${NEW}${long.slice(16)}`)]).toEqual([false, true]);
  });
});
