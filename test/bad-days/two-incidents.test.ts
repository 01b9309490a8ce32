import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openScene, type Scene } from '../support/scene.js';

let scene: Scene;

beforeAll(async () => {
  scene = await openScene({ targets: 1, profile: 'small', compromise: false });
  await writeFile(
    join(scene.site, 'runbooks', 'lease-only.yaml'),
    'version: 1\nname: lease-only\ntitle: Lease\nphases:\n  - step: lease\n',
  );
  await scene.worker();
});
afterAll(() => scene.close());

describe('a target that one incident holds', () => {
  it('opens no second one: exit 11, and nothing is asked of it', async () => {
    expect(await scene.open('first', '--runbook', 'lease-only')).toMatchObject({ exitCode: 0 });
    await scene.until('first', ({ state }) => state === 'contained');
    const asked = scene.fleet.wire.entries.length;
    const { exitCode, stderr } = await scene.open('second', '--runbook', 'lease-only', '-o', 'json');
    const told: unknown = JSON.parse(stderr.trim().split('\n').at(-1) ?? '');
    expect([exitCode, told]).toMatchObject([11, { error: { code: 'CONFLICT' } }]);
    expect((await scene.view('second')).refusal).toMatchObject({ code: 'LEASE_HELD' });
    expect(scene.fleet.wire.entries.length).toBe(asked);
  });
});
