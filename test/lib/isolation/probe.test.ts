import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probePaths } from '../../../lib/isolation/probe.js';
import type { Path } from '../../../lib/model/isolation.js';
import type { Vantage } from '../../../lib/model/isolation-terms.js';
import { NOBODY } from '../../support/nobody.js';
import { folder, NEVER, path, probeProgram, saying, vantage, type Folder } from './support.js';

async function statesOf(vantages: readonly Vantage[], paths: readonly Path[], budgetMs = 10_000): Promise<readonly unknown[]> {
  const { probed } = await probePaths({ paths, vantages, budgetMs, signal: NEVER, askVantage: NOBODY });
  return probed.map(({ id, state }) => [id, state]);
}

function results(...reached: readonly (boolean | null)[]): object {
  return { version: 1, results: reached.map((one, at) => ({ id: String(at + 1), reached: one, how: 'seen' })) };
}

describe('paths', () => {
  test('are closed when a vantage point that reached its control did not reach them', async () => {
    const attacker = saying('outside', 'attacker', results(true, false, true));
    const paths = [path(attacker, 'gateway', 'reach'), path(attacker, 'node1', 'blocked'), path(attacker, 'node2', 'blocked')];
    expect(await statesOf([attacker], paths)).toEqual([
      ['gateway', 'open'],
      ['node1', 'closed'],
      ['node2', 'open'],
    ]);
  });

  test('are unknown, not closed, from a vantage point whose control failed; and so is its control', async () => {
    const attacker = saying('outside', 'attacker', results(false, false));
    const paths = [path(attacker, 'gateway', 'reach'), path(attacker, 'node1', 'blocked')];
    expect(await statesOf([attacker], paths)).toEqual([
      ['gateway', 'unknown'],
      ['node1', 'unknown'],
    ]);
  });

  test('are unknown from a vantage point that has no control', async () => {
    const attacker = saying('outside', 'attacker', results(false));
    expect(await statesOf([attacker], [path(attacker, 'node1', 'blocked')])).toEqual([['node1', 'unknown']]);
  });

  test('over IPv6 are not closed because IPv4 works', async () => {
    const attacker = saying('outside', 'attacker', results(true, false));
    const paths = [path(attacker, 'gateway', 'reach'), path(attacker, 'node1', 'blocked', 'fd00:20::7')];
    expect(await statesOf([attacker], paths)).toEqual([
      ['gateway', 'open'],
      ['node1', 'unknown'],
    ]);
  });

  test('of responders that do not get through are closed, which somebody must hear of', async () => {
    const jump = saying('responder', 'jump', results(false));
    expect(await statesOf([jump], [path(jump, 'gateway', 'reach')])).toEqual([['gateway', 'closed']]);
  });

  test('are not believed closed because another vantage point works', async () => {
    const dead = saying('outside', 'dead', results(false, false));
    const alive = saying('outside', 'alive', results(true));
    const paths = [path(dead, 'gateway', 'reach'), path(dead, 'node1', 'blocked'), path(alive, 'gateway', 'reach')];
    expect(await statesOf([dead, alive], paths)).toEqual([
      ['gateway', 'unknown'],
      ['node1', 'unknown'],
      ['gateway', 'open'],
    ]);
  });

  test.each<[string, Vantage, number?]>([
    [
      'fails',
      vantage('outside', 'v', `process.stdout.write(${JSON.stringify(JSON.stringify(results(true, false)))}); process.exitCode = 1`),
    ],
    ['is not there', { ...saying('outside', 'v', null), command: ['/nonexistent/probe'] }],
    ['never answers', vantage('outside', 'v', 'setInterval(() => {}, 1000)'), 500],
    ['leaves a child behind that holds its output', { ...saying('outside', 'v', null), command: ['/bin/sh', '-c', 'sleep 60 & exit 1'] }],
    ['prints without end', vantage('outside', 'v', 'const more = () => process.stdout.write("x".repeat(1e6), more); more()')],
    ['answers no JSON', vantage('outside', 'v', 'process.stdout.write("closed")')],
    ['answers a version that nobody knows', saying('outside', 'v', { ...results(true, false), version: 2 })],
    ['adds a field', saying('outside', 'v', { ...results(true, false), certain: true })],
    ['cannot try', saying('outside', 'v', results(true, null))],
    ['leaves the path out', saying('outside', 'v', results(true))],
    ['says two things', saying('outside', 'v', { version: 1, results: [false, true].map((reached) => ({ id: '2', reached, how: '' })) })],
  ])('are unknown when a vantage point %s', async (_, from, budgetMs) => {
    const paths = [path(from, 'gateway', 'reach'), path(from, 'node1', 'blocked')];
    expect((await statesOf([from], paths, budgetMs))[1]).toEqual(['node1', 'unknown']);
  });

  test('are unknown when nobody stands there', async () => {
    expect(await statesOf([], [path(saying('outside', 'gone', null), 'node1', 'blocked')])).toEqual([['node1', 'unknown']]);
  });

  test('are tried with addresses and ports alone, and what went and came is kept as it was', async () => {
    const echo = vantage('outside', 'echo', 'process.stdin.pipe(process.stdout); process.stderr.write("note")');
    const { files } = await probePaths({
      paths: [path(echo, 'attacker-to-node1', 'blocked')],
      vantages: [echo],
      budgetMs: 10_000,
      signal: NEVER,
      askVantage: NOBODY,
    });
    expect(files.map(({ name, body }) => [name, Buffer.from(body).toString().trim()])).toEqual([
      ['echo.in.json', '{"version":1,"paths":[{"id":"1","to":"10.20.0.7","port":443}]}'],
      ['echo.out.json', '{"version":1,"paths":[{"id":"1","to":"10.20.0.7","port":443}]}'],
      ['echo.err.txt', 'note'],
    ]);
  });

  test('are told without what could move a cursor', async () => {
    const attacker = saying('outside', 'attacker', { version: 1, results: [{ id: '1', reached: true, how: 'a\u001b[2Jb' }] });
    const { probed } = await probePaths({
      paths: [path(attacker, 'node1', 'blocked')],
      vantages: [attacker],
      budgetMs: 10_000,
      signal: NEVER,
      askVantage: NOBODY,
    });
    expect(probed.map(({ how }) => how)).toEqual(['a [2Jb']);
  });
});

describe('a vantage program', () => {
  test('gets nothing of the worker’s environment but what finds ssh and its keys', async () => {
    process.env['COFFERDAM_TEST_SECRET'] = 'hunter2';
    const names = vantage('outside', 'names', 'process.stderr.write(Object.keys(process.env).join(" "))');
    const { files } = await probePaths({
      paths: [path(names, 'node1', 'blocked')],
      vantages: [names],
      budgetMs: 10_000,
      signal: NEVER,
      askVantage: NOBODY,
    });
    delete process.env['COFFERDAM_TEST_SECRET'];
    const told = Buffer.from(files.at(-1)?.body ?? []).toString();
    expect(told).toContain('PATH');
    expect(told).not.toContain('COFFERDAM_TEST_SECRET');
  });

  test('is stopped when its work is no longer wanted', async () => {
    const stop = new AbortController();
    const slow = vantage('outside', 'slow', 'setInterval(() => {}, 1000)');
    const probing = probePaths({
      paths: [path(slow, 'node1', 'blocked')],
      vantages: [slow],
      budgetMs: 60_000,
      signal: stop.signal,
      askVantage: NOBODY,
    });
    stop.abort();
    expect((await probing).probed.map(({ state }) => state)).toEqual(['unknown']);
  });
});

describe('cofferdam-probe', () => {
  let made: Folder;
  let command: readonly string[];
  let server: Server;
  let listening: number;
  let refusing: number;

  beforeAll(async () => {
    made = await folder();
    command = await probeProgram(made);
    server = await listen();
    listening = portOf(server);
    const other = await listen();
    refusing = portOf(other);
    other.close();
  });
  afterAll(async () => {
    server.close();
    await made.remove();
  });

  async function tried(to: string, port: number, args: readonly string[] = []): Promise<readonly unknown[]> {
    const jump: Vantage = { ...saying('responder', 'jump', null), command: [...command, ...args] };
    const { probed } = await probePaths({
      paths: [path(jump, 'x', 'reach', to, port)],
      vantages: [jump],
      budgetMs: 20_000,
      signal: NEVER,
      askVantage: NOBODY,
    });
    return probed.map(({ state, how }) => [state, how]);
  }

  test('reaches who accepts', async () => {
    expect(await tried('127.0.0.1', listening)).toEqual([['open', 'connected, from 127.0.0.1']]);
  });

  test('reaches who accepts over IPv6', async () => {
    expect(await tried('::1', listening)).toEqual([['open', 'connected, from ::1']]);
  });

  test('counts a refusal as reached: a packet went there and back', async () => {
    expect(await tried('127.0.0.1', refusing)).toEqual([['open', 'refused by the far end (ECONNREFUSED), from 127.0.0.1']]);
  });

  test('does not reach who never answers', async () => {
    // Whoever accepts nothing completes as many connections as its backlog holds, and one more; the next one's packets are dropped.
    const hole = spawn(process.execPath, ['-e', BLACK_HOLE]);
    const port = Number(String(await once(hole.stdout, 'data')));
    const fillers = [1, 2].map(() => connect({ host: '127.0.0.1', port }));
    try {
      await Promise.all(fillers.map((filler) => once(filler, 'connect')));
      expect(await tried('127.0.0.1', port, ['--timeout-ms', '300'])).toEqual([['closed', 'no answer within 300 ms, from 127.0.0.1']]);
    } finally {
      for (const filler of fillers) filler.destroy();
      hole.kill('SIGKILL');
    }
  });

  test('says that it could not try when there is no way out of its host', async () => {
    const [state] = await tried('255.255.255.255', 443);
    expect(state).toEqual(['unknown', expect.stringContaining('could not be tried')]);
  });

  test.each(['', '[]', '{"version":2,"paths":[]}', '{"version":1,"paths":[{"id":"1","to":"bmc.example","port":443}]}'])(
    'does not guess what %j asks',
    async (question) => {
      const [file = '', ...args] = command;
      const { exitCode, stdout } = await execa(file, args, { input: question, reject: false });
      expect([exitCode, stdout]).toEqual([2, '']);
    },
  );
});

const BLACK_HOLE = `
const server = require('node:net').createServer().listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => {
  require('node:fs').writeSync(1, String(server.address().port));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});`;

async function listen(): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  server.listen(0, '::');
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  const address: string | AddressInfo | null = server.address();
  return address === null || typeof address === 'string' ? 0 : address.port;
}
