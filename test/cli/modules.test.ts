import { execa } from 'execa';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entryOf } from '../../cli/drill/processes.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cofferdam-modules-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const HOOK = resolve(import.meta.dirname, '../support/list-packages.mjs');

/** The packages that a command line loads in a process of its own. */
async function packagesOf(...argv: string[]): Promise<readonly string[]> {
  const list = join(folder, 'loaded');
  await writeFile(list, '');
  await execa(process.execPath, ['--import', HOOK, entryOf('cli'), ...argv], {
    cwd: folder,
    env: { COFFERDAM_LOADED: list },
    reject: false,
  });
  const loaded = (await readFile(list, 'utf8')).split('\n').filter((line) => line !== '');
  return [...new Set(loaded)].sort();
}

const SERVER = ['@temporalio/client', '@temporalio/workflow', '@temporalio/envconfig', '@temporalio/common'];

describe('a command that needs no server', () => {
  it('loads nothing but commander for help', async () => {
    expect(await packagesOf('--help')).toEqual(['commander']);
    expect(await packagesOf('incident', '--help')).toEqual(['commander']);
    expect(await packagesOf('nonsense')).toEqual(['commander']);
  });

  it('verifies evidence without a client of the engine, of a BMC, or an archiver', async () => {
    const loaded = await packagesOf('evidence', 'verify', 'nothing-there', '--keys', resolve(import.meta.dirname, 'modules.test.ts'));
    for (const name of [...SERVER, 'undici', 'archiver']) expect(loaded).not.toContain(name);
  });

  it('makes a site without any of them', async () => {
    const loaded = await packagesOf(
      'init',
      'site',
      '--state',
      join(folder, 'state'),
      '--person',
      'alice:responder',
      '--person',
      'bob:lead',
    );
    expect(loaded).toContain('openpgp');
    for (const name of [...SERVER, 'undici', 'archiver', 'tar-stream']) expect(loaded).not.toContain(name);
  });

  it('lists targets and incidents without a client of a BMC or an archiver', async () => {
    for (const argv of [
      ['target', 'list'],
      ['incident', 'list'],
    ])
      for (const name of ['undici', 'archiver']) expect(await packagesOf(...argv)).not.toContain(name);
  });
});
