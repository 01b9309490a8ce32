import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyOf } from '../../drill/content.js';
import { startFleet, type Fleet } from '../../drill/fleet.js';
import { visit } from './bmc-client.js';
import { captured, makeTree } from './support.js';

let folder: string;

beforeAll(() => {
  folder = makeTree();
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe.each(['a tree of our own', ...captured])('%s', (name) => {
  const dir = (): string => (name === 'a tree of our own' ? folder : name);
  let fleet: Fleet | undefined;
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });

  afterAll(async () => {
    agent.destroy();
    await fleet?.close();
  });

  test('is served byte for byte, but for what is planted and the list of sessions', async () => {
    fleet = await startFleet({ trees: [dir()] });
    const [target] = fleet.targets;
    if (target === undefined) throw new Error('no target');
    const visitor = await visit(target, agent);
    const overlaid = new Set(target.overlaid().map(keyOf));
    const differing: string[] = [];
    const statuses = new Map<number, number>();
    for (const uri of urisOf(dir())) {
      const { bytes, status } = await visitor.get(uri.replaceAll('|', '%7C'));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (!overlaid.has(keyOf(uri)) && !bytes.equals(readFileSync(join(dir(), uri, 'index.json')))) differing.push(uri);
    }
    expect(differing).toEqual([]);
    expect([...statuses.keys()].filter((status) => ![200, 403, 404, 500].includes(status))).toEqual([]);
    expect([statuses.get(200) ?? 0, statuses.get(404) ?? 0].every((count) => count > 0)).toBe(true);
    // Planted resources, the list of sessions, our own session: few.
    expect(overlaid.size).toBeLessThan(16);
  });

  test('changes over it are seen, and reported as overlaid', async () => {
    fleet ??= await startFleet({ trees: [dir()] });
    const [target] = fleet.targets;
    if (target === undefined) throw new Error('no target');
    const visitor = await visit(target, agent);
    const foreign = target.planted.find((planted) => planted.kind === 'captured-session')?.uri ?? '';
    expect(target.overlaid()).not.toContain(foreign);
    expect((await visitor.send('DELETE', foreign)).status).toBe(200);
    expect((await visitor.get(foreign)).status).toBe(404);
    expect(target.overlaid()).toContain(foreign);
  });
});

test('every spelling of an advertised link reaches its file, and stored pages are found with their query', async () => {
  const fleet = await startFleet({ trees: [folder] });
  const [target] = fleet.targets;
  if (target === undefined) throw new Error('no target');
  const visitor = await visit(target);
  const file = readFileSync(join(folder, '/redfish/v1/AccountService/index.json'));
  for (const uri of ['/redfish/v1/AccountService/', '/redfish/v1/accountservice', '/redfish/v1//AccountService']) {
    expect((await visitor.get(uri)).bytes.equals(file)).toBe(true);
  }
  expect(
    (await visitor.get('/redfish/v1/Slots?$skip=50')).bytes.equals(readFileSync(join(folder, '/redfish/v1/Slots?$skip=50/index.json'))),
  ).toBe(true);
  expect((await visitor.get('/redfish/v1/Slots?$skip=100')).status).toBe(501);
  expect((await visitor.get('/redfish/v1/Gone')).status).toBe(404);
  expect((await visitor.get('/redfish/v1/../../etc/passwd')).status).toBe(404);
  await fleet.close();
});

test('a folder that is no captured tree is refused by name', async () => {
  await expect(startFleet({ trees: [tmpdir()] })).rejects.toMatchObject({ code: 'TREE_UNREADABLE' });
  await expect(startFleet({ targets: 0 })).rejects.toMatchObject({ code: 'BAD_OPTION' });
});

function urisOf(dir: string): string[] {
  const entries = readdirSync(join(dir, 'redfish'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.name === 'index.json').map((entry) => entry.parentPath.slice(dir.length));
}
