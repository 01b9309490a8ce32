import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Said } from '../../cli/drill/processes.js';
import { plantAccount } from '../support/plant-account.js';
import { openScene, type Scene } from '../support/scene.js';

/** A hunt with the real engine over three BMCs, two of which have an account that an attacker made. */
let scene: Scene;
let refused: Said;
let shown: Said;
let writes: readonly string[];
const PLANTED = ['bmc-0001', 'bmc-0003'] as const;
const ACCOUNTS = '/redfish/v1/AccountService/Accounts';

const HUNT = `version: 1
name: beacon
title: What was found on r12-u07
indicators:
  - kind: account
    value: mallory7
  - kind: account
    value: mallory
  - kind: address
    value: 203.0.113.99
`;

beforeAll(async () => {
  scene = await openScene({ profile: 'openbmc', targets: 3, compromise: false });
  for (const target of PLANTED) await plantAccount(scene.fleet.target(target), 'mallory7');
  // Like what is sought, and something else.
  await plantAccount(scene.fleet.target('bmc-0002'), 'mallory77');
  await scene.worker();
  refused = await hunt('run', '--id', 'hunt-0', ...signed());
  await mkdir(join(scene.site, 'hunts'));
  await writeFile(join(scene.site, 'hunts', 'beacon.yaml'), HUNT);
  const before = scene.fleet.wire.entries.length;
  await hunt('run', '--id', 'hunt-1', ...signed());
  await scene.until('hunt-1', (view) => view.state === 'ended');
  shown = await hunt('show', 'hunt-1', '-o', 'json');
  writes = scene.fleet.wire.entries
    .slice(before)
    .filter(({ method, uri }) => method !== 'GET' && !uri.startsWith('/redfish/v1/SessionService/Sessions'))
    .map(({ method, uri }) => `${method} ${uri}`);
}, 240_000);
afterAll(() => scene.close());

const hunt = (...args: string[]): Promise<Said> => scene.cofferdam('hunt', ...args);
const signed = (): string[] => ['--as', 'dana', '--key', scene.keyOf('dana'), '--reason', 'test'];

const Shown = z.object({
  state: z.string(),
  targets: z.object({ total: z.number(), searched: z.number(), missed: z.array(z.unknown()) }),
  hits: z.array(z.object({ target: z.string(), indicator: z.object({ kind: z.string(), value: z.string() }), uri: z.string() })),
});

describe('a hunt with the engine', () => {
  it('finds the account where it was planted, and nowhere else', () => {
    const { hits } = Shown.parse(JSON.parse(shown.stdout));
    expect(hits).toEqual(
      PLANTED.map((target) => ({ target, indicator: { kind: 'account', value: 'mallory7' }, uri: `${ACCOUNTS}/mallory7` })),
    );
  });

  it('searched every target, and says so', () => {
    expect(shown.exitCode).toBe(0);
    expect(Shown.parse(JSON.parse(shown.stdout)).targets).toEqual({ total: 3, searched: 3, missed: [] });
  });

  it('wrote to no BMC', () => {
    expect(writes).toEqual([]);
  });

  it('does not begin without anything to look for', async () => {
    expect([refused.exitCode, refused.stderr.includes('nothing to look for')]).toEqual([2, true]);
    await expect(scene.view('hunt-0')).rejects.toMatchObject({ name: 'WorkflowNotFoundError' });
  });
});
