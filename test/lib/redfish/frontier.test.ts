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
