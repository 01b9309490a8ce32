import { appendFile, cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openScene, type Scene } from '../support/scene.js';

let scene: Scene;
let other: string;

beforeAll(async () => {
  scene = await openScene({ targets: 1, profile: 'small' });
  await scene.worker();
  other = join(scene.folder, 'other-site');
  await cp(scene.site, other, { recursive: true });
});
afterAll(() => scene.close());

describe('a site directory', () => {
  it('that differs between desk and worker opens no incident, and says so', async () => {
    await appendFile(join(other, 'inventory.yaml'), '# one comment more\n');
    await scene.open('differs', '--site', other);
    const view = await scene.until('differs', ({ state }) => state === 'ended');
    expect(view).toMatchObject({ outcome: 'refused', refusal: { code: 'SITE_DIFFERS' } });
    expect((await scene.cofferdam('incident', 'show', 'differs')).exitCode).toBe(1);
    expect(scene.fleet.wire.entries).toEqual([]);
  });

  it('that is wrong is refused at the desk with every problem, before anything is sent', async () => {
    await writeFile(join(other, 'inventory.yaml'), 'version: 1\ntargets:\n  - id: Bad Id\n    adress: https://127.0.0.1\n');
    const said = await scene.open('invalid', '--site', other, '-o', 'json');
    expect(said.exitCode).toBe(2);
    const last: unknown = JSON.parse(said.stderr.trim().split('\n').at(-1) ?? '');
    expect(last).toMatchObject({ error: { code: 'SITE_INVALID', exitCode: 2 } });
  });
});
