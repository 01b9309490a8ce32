import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Said } from '../../cli/drill/processes.js';
import { connect } from '../../lib/redfish/client.js';
import { Secret } from '../../lib/vault/secret.js';
import { plantAccount } from '../support/plant-account.js';
import { openGate, openScene, type Scene } from '../support/scene.js';

/** Luis leaves: he has an account on two of three BMCs, is logged in to one, and comes back to the other after it was done. */
let scene: Scene;
let before: Said;
let opened: Said;
let shown: Said;
const PASSWORD = 'Corr3ct-horse-9';
const ACCOUNTS = '/redfish/v1/AccountService/Accounts';

beforeAll(async () => {
  scene = await openScene({ profile: 'openbmc', targets: 3, compromise: false });
  for (const target of ['bmc-0001', 'bmc-0002']) await plantAccount(scene.fleet.target(target), 'lu.is');
  await logIn('bmc-0001');
  await scene.worker();
  before = await scene.cofferdam('offboard', 'run', 'luis', ...signed());
  const file = join(scene.site, 'site.yaml');
  await writeFile(file, (await readFile(file, 'utf8')).replace('- id: luis\n', '- id: luis\n    accounts: [lu.is]\n'));
  await scene.cofferdam('policy', 'sign', '--key', scene.keyOf('lena'));
  opened = await scene.cofferdam('offboard', 'run', 'luis', '--id', 'leaves', ...signed());
  await scene.until('leaves', (view) => openGate(view) !== undefined);
  await scene.decide('approve', 'leaves', 'lena');
  await scene.until('leaves', (view) => view.state === 'ended');
  shown = await scene.cofferdam('offboard', 'show', 'leaves', '-o', 'json');
}, 240_000);
afterAll(() => scene.close());

const signed = (): string[] => ['--as', 'dana', '--key', scene.keyOf('dana'), '--reason', 'leaves'];

/** Opens a session and leaves it open. */
async function logIn(target: string): Promise<void> {
  const { address, pin } = scene.fleet.target(target);
  const credential = { userName: 'lu.is', password: Secret.of(PASSWORD) };
  await connect({ address, pin, credential, mode: 'read-only', signal: new AbortController().signal });
}

const Shown = z.object({
  person: z.string(),
  targets: z.array(z.object({ target: z.string(), state: z.string(), left: z.array(z.unknown()), rotate: z.array(z.unknown()) })),
});

describe('offboard with the engine', () => {
  it('does not begin for a person of whom the site lists nothing on BMCs', () => {
    expect([before.exitCode, before.stderr.includes('neither accounts nor sshKeys')]).toEqual([2, true]);
  });

  it('disables the accounts and ends the session, under a lead’s approval, and touches nothing else', () => {
    const writes = scene.fleet.wire.entries
      .filter(({ method, uri }) => method === 'PATCH' || (method === 'DELETE' && !uri.startsWith('/redfish/v1/SessionService')))
      .map(({ target, method, uri }) => `${target} ${method} ${uri}`);
    expect(writes.sort()).toEqual([`bmc-0001 PATCH ${ACCOUNTS}/lu.is`, `bmc-0002 PATCH ${ACCOUNTS}/lu.is`]);
    expect(['bmc-0001', 'bmc-0002'].map((target) => scene.fleet.target(target).works('lu.is', PASSWORD))).toEqual([false, false]);
  });

  it('says of each target that nothing is left of the person', () => {
    expect(shown.exitCode).toBe(0);
    const { person, targets } = Shown.parse(JSON.parse(shown.stdout));
    expect([person, targets.map(({ target, state, left }) => [target, state, left.length])]).toEqual([
      'luis',
      [
        ['bmc-0001', 'nothing', 0],
        ['bmc-0002', 'nothing', 0],
        ['bmc-0003', 'nothing', 0],
      ],
    ]);
  });

  it('says which OpenPGP key the trust root has to take out', async () => {
    const site = await readFile(join(scene.site, 'site.yaml'), 'utf8');
    const key = /id: luis\n[\s\S]*?([0-9A-F]{40})/.exec(site)?.[1] ?? '';
    expect(opened.stderr).toContain(`their OpenPGP key ${key} still signs`);
  });
});
