import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findEngine } from '../../../cli/engine/find.js';
import { startEngine, type RunningEngine } from '../../../cli/engine/start.js';
import { freePort } from '../../../cli/engine/free-port.js';
import { startTestEngine, type TestEngine } from '../../support/engine.js';

describe('a running engine', () => {
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await startTestEngine();
  });
  afterAll(async () => engine.stop());

  test('listens on loopback only', async () => {
    const pid = /"pid":(\d+)/.exec(await readFile(join(engine.folder, 'engine.json'), 'utf8'))?.[1];
    const { stdout } = await promisify(execFile)('ss', ['-ltnpH']);
    const ours = stdout.split('\n').filter((line) => line.includes(`pid=${String(pid)},`));
    const addresses = ours.map((line) => line.trim().split(/\s+/)[3] ?? '');
    expect(addresses).toContain(engine.address);
    expect(addresses.filter((address) => !address.startsWith('127.'))).toEqual([]);
  });

  test('still has after SIGKILL what it acknowledged before', async () => {
    await withClient(async (client) => {
      await client.workflow.start('nothing', { workflowId: 'incident/kept', taskQueue: 'nobody' });
    });
    await engine.kill9();
    await engine.restart();
    await withClient(async (client) => {
      expect(await client.workflow.getHandle('incident/kept').describe()).toMatchObject({
        workflowId: 'incident/kept',
        status: { name: 'RUNNING' },
      });
    });
  });

  test('keeps a second engine away from its folder', async () => {
    const second = startEngine({ ...(await binaryAndPort()), folder: engine.folder });
    await expect(second).rejects.toMatchObject({ code: 'ALREADY_RUNNING' });
    await withClient(async (client) => {
      await client.connection.workflowService.getSystemInfo({});
    });
  });

  async function withClient(work: (client: Client) => Promise<void>): Promise<void> {
    const connection = await Connection.connect({ address: engine.address });
    await work(new Client({ connection, namespace: engine.namespace }));
    await connection.close();
  }
});

let folder: string;

describe('starting an engine', () => {
  const engines: RunningEngine[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cofferdam-start-'));
  });
  afterEach(async () => {
    await Promise.all(engines.splice(0).map(async (engine) => engine.stop()));
    await rm(folder, { recursive: true, force: true });
  });

  test('over the empty database of one killed in its first second works', async () => {
    await writeFile(join(folder, 'engine.sqlite'), '');
    engines.push(await startEngine({ ...(await binaryAndPort()), folder }));
    expect((await stat(join(folder, 'engine.sqlite'))).size).toBeGreaterThan(0);
  });

  test('takes a folder over whose note names a process that is gone, or another one by now', async () => {
    const path = join(folder, 'engine.json');
    for (const pid of [0x3fffffff, process.ppid]) {
      await writeFile(path, JSON.stringify({ pid, address: `127.0.0.1:${await freePort()}` }));
      await utimes(path, new Date(0), new Date(0));
      const engine = await startEngine({ ...(await binaryAndPort()), folder });
      await engine.stop();
      expect(existsSync(path)).toBe(false);
    }
  });

  test('of two at once for one folder, one wins and the other is refused', async () => {
    const starts = await Promise.allSettled([0, 1].map(async () => startEngine({ ...(await binaryAndPort()), folder })));
    for (const start of starts) if (start.status === 'fulfilled') engines.push(start.value);
    expect(engines).toHaveLength(1);
    expect(starts.find((start) => start.status === 'rejected')?.reason).toMatchObject({ code: 'ALREADY_RUNNING' });
  });

  test('refuses a port that somebody else listens on', async () => {
    const { server, port } = await listener();
    await expect(startEngine({ ...(await binaryAndPort()), port, folder })).rejects.toMatchObject({ code: 'PORT_IN_USE' });
    expect(existsSync(join(folder, 'engine.json'))).toBe(false);
    server.close();
  });

  test('tries again when somebody took a port that the engine had chosen for itself', async () => {
    const { binary, port } = await binaryAndPort();
    engines.push(await startEngine({ binary: await unluckyOnce(binary), port, folder }));
    expect(await readFile(join(folder, 'engine.log'), 'utf8')).toContain('address already in use');
  });

  test('tells the last words of an engine that cannot open its database', async () => {
    await writeFile(join(folder, 'engine.sqlite'), 'this is no database '.repeat(1000));
    const failure: unknown = await startEngine({ ...(await binaryAndPort()), folder }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'START_FAILED' });
    expect(String(failure)).toContain('not a database');
  });

  test('tells that a binary cannot be executed', async () => {
    const start = startEngine({ binary: join(folder, 'nothing'), port: await freePort(), folder });
    await expect(start).rejects.toMatchObject({ code: 'START_FAILED' });
  });
});

/** An engine whose first start ends as the real one does when its choice of a port was taken meanwhile. */
async function unluckyOnce(binary: string): Promise<string> {
  const script = join(folder, 'engine.sh');
  const body = `mkdir "${folder}/tried" 2>/dev/null || exec "${binary}" "$@"
echo '{"level":"ERROR","msg":"listen tcp 127.0.0.1:1: bind: address already in use"}' >&2
exit 1`;
  await writeFile(script, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  return script;
}

async function binaryAndPort(): Promise<{ binary: string; port: number }> {
  const { binary } = await findEngine({ env: process.env, onLine: () => undefined });
  return { binary, port: await freePort() };
}

async function listener(): Promise<{ server: Server; port: number }> {
  const port = await freePort();
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { server, port };
}
