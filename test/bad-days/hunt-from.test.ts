import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Said } from '../../cli/drill/processes.js';
import { plantAccount } from '../support/plant-account.js';
import { openScene, type Scene } from '../support/scene.js';

/** From what an incident found on one BMC to the hunt on the others, with the real engine. */
const RUNBOOK =
  'version: 1\nname: review\ntitle: Review\nphases:\n  - step: triage\n  - step: review-logs\n  - step: review-access\n    gate: change\n';
let scene: Scene;
let taken: Said;
let shown: Said;

beforeAll(async () => {
  scene = await openScene({ profile: 'openbmc', targets: 3, compromise: false });
  for (const target of ['bmc-0001', 'bmc-0003']) await plantAccount(scene.fleet.target(target), 'mallory7');
  await scene.worker();
  await writeFile(join(scene.site, 'runbooks', 'review.yaml'), RUNBOOK);
  await scene.cofferdam('incident', 'open', 'bmc-0001', '--id', 'source', '--runbook', 'review', ...signed());
  await scene.until('source', (view) => view.gates.length > 0);
  taken = await scene.cofferdam('hunt', 'from', 'source', '-o', 'json');
  await scene.cofferdam('hunt', 'run', 'bmc-0002', 'bmc-0003', '--id', 'elsewhere', ...signed());
  await scene.until('elsewhere', (view) => view.state === 'ended');
  shown = await scene.cofferdam('hunt', 'show', 'elsewhere', '-o', 'json');
}, 240_000);
afterAll(() => scene.close());

const signed = (): string[] => ['--as', 'dana', '--key', scene.keyOf('dana'), '--reason', 'test'];
const file = (): Promise<string> => readFile(join(scene.site, 'hunts', 'source.yaml'), 'utf8');

const Taken = z.object({
  indicators: z.array(
    z.object({
      kind: z.string(),
      value: z.string(),
      from: z.array(z.object({ target: z.string(), code: z.string(), evidence: z.string() })),
    }),
  ),
});
const Shown = z.object({ hits: z.array(z.object({ target: z.string(), indicator: z.object({ value: z.string() }) })) });

describe('what an incident found', () => {
  it('is written for a person to review, each indicator with its evidence', async () => {
    expect(taken.exitCode).toBe(0);
    const { indicators } = Taken.parse(JSON.parse(taken.stdout));
    const account = indicators.find(({ value }) => value === 'mallory7');
    expect(account).toMatchObject({ kind: 'account', from: [{ target: 'bmc-0001', code: 'UNKNOWN_ACCOUNT' }] });
    expect(await file()).toContain(
      `UNKNOWN_ACCOUNT at /redfish/v1/AccountService/Accounts/mallory7: capture ${account?.from[0]?.evidence ?? ''}`,
    );
  });

  it('names neither our own account nor what the inventory allows', async () => {
    const { indicators } = Taken.parse(JSON.parse(taken.stdout));
    const { userName, allow } = scene.fleet.target('bmc-0001');
    const own = [userName, ...allow.accounts.map((account) => account.userName), '127.0.0.1'];
    expect(indicators.filter(({ value }) => own.includes(value))).toEqual([]);
  });

  it('is found where it is, by the hunt that follows', () => {
    const { hits } = Shown.parse(JSON.parse(shown.stdout));
    expect(hits.filter(({ indicator }) => indicator.value === 'mallory7').map(({ target }) => target)).toEqual(['bmc-0003']);
  });

  it('does not replace a file that is there, and prints without one', async () => {
    const before = await file();
    expect((await scene.cofferdam('hunt', 'from', 'source')).exitCode).toBe(11);
    const printed = await scene.cofferdam('hunt', 'from', 'source', '--print');
    expect([printed.exitCode, printed.stdout.includes('value: mallory7'), await file()]).toEqual([0, true, before]);
  });
});
