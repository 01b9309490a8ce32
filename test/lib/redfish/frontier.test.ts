import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openFrontier, type Frontier } from '../../../lib/redfish/frontier.js';

const START = ['/redfish', '/redfish/v1', '/redfish/v1/odata', '/redfish/v1/$metadata'];

let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frontier-'));
  path = join(folder, 'targets/bmc-1/crawl.jsonl');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Opens the file, lets `use` work on it and closes it without a commit, as a kill would. */
async function during<T>(use: (frontier: Frontier) => T | Promise<T>): Promise<T> {
  const frontier = await openFrontier(path);
  try {
    return await use(frontier);
  } finally {
    await frontier.close();
  }
}

/** Answers everything that is left, and returns it in order. */
function drain(frontier: Frontier): string[] {
  const order: string[] = [];
  for (let next = frontier.next(); next !== undefined; next = frontier.next()) {
    order.push(next.uri);
    frontier.answered(next.uri, 1);
  }
  return order;
}

test('a crawl begins at the root and its three neighbours, and goes on in the order of discovery', async () => {
  const order = await during((frontier) => {
    frontier.add('/redfish/v1/B', 1, 0);
    frontier.add('/redfish/v1/A', 1, 0);
    frontier.add('/redfish/v1/B', 2, 0);
    return drain(frontier);
  });
  expect(order).toEqual([...START, '/redfish/v1/B', '/redfish/v1/A']);
});

test('what dies first is read first, wherever it was found, then the ways to the logs and the logs, then all else', async () => {
  const manager = '/redfish/v1/Managers/1';
  const found = [
    '/redfish/v1/Fans',
    `${manager}/LogServices/Sel/Entries/1`,
    '/redfish/v1/Managers',
    `${manager}/LogServices`,
    `${manager}/Oem`,
  ];
  const order = await during((frontier) => {
    for (const uri of [...found, '/redfish/v1/SessionService', '/redfish/v1/AccountService/Accounts/1']) frontier.add(uri, 1, 0);
    return drain(frontier);
  });
  expect(order).toEqual([
    ...START,
    '/redfish/v1/Managers',
    `${manager}/LogServices`,
    '/redfish/v1/SessionService',
    '/redfish/v1/AccountService/Accounts/1',
    `${manager}/LogServices/Sel/Entries/1`,
    '/redfish/v1/Fans',
    `${manager}/Oem`,
  ]);
});

/** So many of these, as far as there is room among `most`. */
function flood(frontier: Frontier, most: number, uriOf: (n: number) => string): number {
  let added = 0;
  for (let n = 0; n < most; n += 1) {
    if (!frontier.hasRoom(uriOf(n), most)) continue;
    frontier.add(uriOf(n), 1, 0);
    added += 1;
  }
  return added;
}

test.each<readonly [string, (n: number) => string, number]>([
  ['resources', (n) => `/redfish/v1/Chassis/1/Oem/${String(n)}`, 498],
  ['records of one log', (n) => `/redfish/v1/Managers/1/LogServices/Sel/Entries/${String(n)}`, 498],
  ['managers', (n) => `/redfish/v1/Managers/${String(n)}`, 624],
  ['logs', (n) => `/redfish/v1/Managers/1/LogServices/${String(n)}/Entries/1`, 624],
])('a flood of %s leaves room for what dies first', async (_, uriOf, added) => {
  await during((frontier) => {
    expect(flood(frontier, 1000, uriOf)).toBe(added);
    expect(frontier.hasRoom('/redfish/v1/SessionService/Sessions/1', 1000)).toBe(true);
  });
});

test('a flooded log leaves half of the room to another log', async () => {
  await during((frontier) => {
    const entries = (log: string) => flood(frontier, 1000, (n) => `/redfish/v1/Managers/1/LogServices/${log}/Entries/${String(n)}`);
    expect([entries('Sel'), entries('Event')]).toEqual([498, 249]);
  });
});

test('what was committed is not fetched again, what was not is', async () => {
  await during(async (frontier) => {
    frontier.answered('/redfish', 10);
    frontier.add('/redfish/v1/A', 3, 7);
    await frontier.commit();
    frontier.answered('/redfish/v1', 20);
    frontier.add('/redfish/v1/B', 1, 0);
  });
  await during((frontier) => {
    expect(frontier.totals()).toEqual({ known: 5, answered: 1, bytes: 10, pending: 4, givenUp: [], limits: [] });
    expect(drain(frontier)).toEqual(['/redfish/v1', '/redfish/v1/odata', '/redfish/v1/$metadata', '/redfish/v1/A']);
  });
  await during((frontier) => {
    frontier.answered('/redfish/v1', 1);
    frontier.answered('/redfish/v1/odata', 1);
    frontier.answered('/redfish/v1/$metadata', 1);
    expect(frontier.next()).toEqual({ uri: '/redfish/v1/A', depth: 3, page: 7, failures: 0 });
  });
});

test('failures go to the end of the queue, counted, and what is given up stays on record', async () => {
  await during(async (frontier) => {
    frontier.failed('/redfish', 'TIMEOUT', false);
    expect(frontier.next()?.uri).toBe('/redfish/v1');
    frontier.failed('/redfish/v1', 'TIMEOUT', true);
    frontier.limited('LIMIT_DEPTH');
    frontier.limited('LIMIT_DEPTH');
    await frontier.commit();
  });
  await during((frontier) => {
    expect(frontier.totals()).toMatchObject({ pending: 3, givenUp: ['/redfish/v1'], limits: ['LIMIT_DEPTH'] });
    frontier.answered('/redfish/v1/odata', 1);
    frontier.answered('/redfish/v1/$metadata', 1);
    expect(frontier.next()).toEqual({ uri: '/redfish', depth: 0, page: 0, failures: 1 });
  });
});

test('a stopped crawl has nothing left to fetch, for good', async () => {
  await during(async (frontier) => {
    frontier.limited('LIMIT_BYTES');
    frontier.stop();
    await frontier.commit();
  });
  await during((frontier) => {
    expect(frontier.next()).toBeUndefined();
    expect(frontier.totals()).toMatchObject({ known: 4, pending: 0, limits: ['LIMIT_BYTES'] });
  });
});

test.each([
  ['a torn line', '["answered","/redfish/v1'],
  ['zeros after a power cut', '\u0000\u0000\u0000\u0000\n["answered","/redfish/v1",1]\n'],
  ['a line of another shape', '["answered"]\n["answered","/redfish/v1",1]\n'],
])('%s costs only what comes after it, and the file is whole again', async (_, tail) => {
  await during(async (frontier) => {
    frontier.answered('/redfish', 1);
    await frontier.commit();
  });
  const whole = await readFile(path, 'utf8');
  await appendFile(path, tail);
  await during(async (frontier) => {
    expect(drain(frontier)).toEqual(START.slice(1));
    await frontier.commit();
  });
  const lines = (await readFile(path, 'utf8')).slice(whole.length).trimEnd().split('\n');
  expect(lines.map((line): unknown => JSON.parse(line))).toEqual(START.slice(1).map((uri) => ['answered', uri, 1]));
  expect(await during((frontier) => frontier.next())).toBeUndefined();
});

test('a file cut off anywhere opens, and forgets nothing that was answered before the cut', async () => {
  await during(async (frontier) => {
    for (const uri of START) {
      frontier.add(`${uri}/A`, 1, 0);
      frontier.answered(uri, 1);
    }
    await frontier.commit();
  });
  const whole = await readFile(path);
  for (let length = 0; length <= whole.length; length += 1) {
    await writeFile(path, whole.subarray(0, length));
    await during((frontier) => {
      const { answered } = frontier.totals();
      expect(START.slice(0, answered).every((uri) => frontier.has(`${uri}/A`))).toBe(true);
      expect(drain(frontier).length).toBe(frontier.totals().known - answered);
    });
  }
});
