import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generateKey } from '../../lib/trust/keys.js';
import { makeBag, writeTar } from '../support/evidence-bag.js';

const SCRIPT = fileURLToPath(new URL('../../scripts/check-trees', import.meta.url));
const TREE = {
  '/redfish/v1':
    '{"Systems":{"@odata.id":"/redfish/v1/Systems"},"Actions":{"#X":{"target":"/redfish/v1/Act","@Redfish.ActionInfo":"/redfish/v1/Info/"}}}',
  '/redfish/v1/Systems': '{"Members":[{"@odata.id":"/redfish/v1/systems/A%20B"}],"Members@odata.nextLink":"/redfish/v1/Systems?$skip=1"}',
  '/redfish/v1/Systems/A B': '{"Location":[{"Uri":"/redfish/v1/File#x"}]}',
  '/redfish/v1/Systems?$skip=1': '{}',
  '/redfish/v1/File': '{}',
  '/redfish/v1/Info': '{}',
  '/redfish/v1/Act': '{"why":"a target is not a link"}',
};
const CAPTURES = {
  '/redfish/v1': TREE['/redfish/v1'],
  '/redfish/v1/Systems': TREE['/redfish/v1/Systems'],
  '/redfish/v1/systems/A%20B': TREE['/redfish/v1/Systems/A B'],
  '/redfish/v1/Systems?$skip=1': '{}',
  '/redfish/v1/File': '{}',
  '/redfish/v1/Info': '{}',
};

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cofferdam-trees-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function check(captures: Readonly<Record<string, string | null>>, overlaid: readonly string[] = [], args: readonly string[] = []) {
  const tree = join(folder, 'tree');
  for (const [uri, body] of Object.entries(TREE)) {
    await mkdir(join(tree, uri), { recursive: true });
    await writeFile(join(tree, uri, 'index.json'), body);
  }
  const archive = join(folder, 'archive', 'inc-1');
  await mkdir(archive, { recursive: true });
  await writeTar(archive, await makeBag({ collector: await generateKey({ name: 'C', email: 'c@example.org' }), captures }));
  await writeFile(join(folder, 'ground-truth.json'), JSON.stringify({ targets: [{ id: 'bmc-1', tree, overlaid }] }));
  const { exitCode, stdout } = await execa(SCRIPT, [archive, ...args], { reject: false });
  return { exitCode, stdout };
}

describe('scripts/check-trees', () => {
  it('finds nothing missing when every linked file was captured', async () => {
    expect(await check(CAPTURES)).toEqual({
      exitCode: 0,
      stdout: 'bmc-1  tree  URIs 6, missing 0, differing 0, planted 0, unreachable 1, beyond 0',
    });
  });

  it('lists on request what a target, which is no link, hides', async () => {
    expect((await check(CAPTURES, [], ['--list'])).stdout).toContain('  unreachable  /redfish/v1/Act');
  });

  it('counts a file without a capture as missing', async () => {
    const { exitCode, stdout } = await check(Object.fromEntries(Object.entries(CAPTURES).filter(([uri]) => uri !== '/redfish/v1/File')));
    expect(exitCode).toBe(1);
    expect(stdout).toContain('missing 1, differing 0');
  });

  it('counts a failed capture as missing', async () => {
    const { exitCode, stdout } = await check({ ...CAPTURES, '/redfish/v1/File': null });
    expect(exitCode).toBe(1);
    expect(stdout).toContain('missing 1, differing 0');
  });

  it('counts other bytes as differing', async () => {
    const { exitCode, stdout } = await check({ ...CAPTURES, '/redfish/v1/File': '{ }' });
    expect(exitCode).toBe(1);
    expect(stdout).toContain('missing 0, differing 1');
  });

  it('leaves out what the drill planted or changed', async () => {
    const { exitCode, stdout } = await check({ ...CAPTURES, '/redfish/v1/File': '{ }', '/redfish/v1/New': '{}' }, ['/redfish/v1/File/']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('missing 0, differing 0, planted 1, unreachable 1, beyond 1');
  });

  it('says what it cannot read', async () => {
    expect((await execa(SCRIPT, [join(folder, 'nowhere'), '--tree', `bmc-1=${folder}`], { reject: false })).exitCode).toBe(2);
  });
});
