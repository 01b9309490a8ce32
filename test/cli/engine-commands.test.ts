import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { entryOf, run } from '../../cli/drill/processes.js';
import { freePort } from '../../cli/engine/free-port.js';
import { makeSite, type SiteFixture } from '../support/site-fixture.js';

let fixture: SiteFixture;
let flags: readonly string[];

beforeAll(async () => {
  fixture = await makeSite();
  flags = ['--site', fixture.dir, '--state', fixture.state, '--address', `127.0.0.1:${String(await freePort())}`];
});
afterAll(() => fixture.remove());

const status = () => run('cli', [...flags, 'engine', 'status', '-o', 'json']);

it('engine start runs a prepared engine until Ctrl-C, which ends it with 0', async () => {
  expect((await status()).exitCode).toBe(1);
  const engine = spawn(process.execPath, [entryOf('cli'), ...flags, 'engine', 'start', '-o', 'jsonl'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(engine, 'exit');
  const lines: readonly unknown[] = await once(createInterface({ input: engine.stdout }), 'line');
  expect(JSON.parse(String(lines[0]))).toMatchObject({ address: flags.at(-1), namespace: 'cofferdam' });
  const asked = await status();
  expect([asked.exitCode, JSON.parse(asked.stdout)]).toMatchObject([
    0,
    { prepared: true, state: { retentionDays: 90, missing: [], mistyped: [] } },
  ]);
  expect((await run('cli', [...flags, '--namespace', 'other', 'engine', 'status'])).exitCode).toBe(3);
  expect((await run('cli', [...flags, 'engine', 'start'])).exitCode).toBe(11);
  engine.kill('SIGINT');
  expect(await exited).toEqual([0, null]);
  expect((await status()).exitCode).toBe(1);
});

it('engine start never listens for other machines', async () => {
  const away = await run('cli', [...flags, '--address', '10.0.0.1:7233', 'engine', 'start', '-o', 'json']);
  expect([away.exitCode, JSON.parse(away.stderr)]).toMatchObject([2, { error: { code: 'CONFIG_INVALID' } }]);
});
