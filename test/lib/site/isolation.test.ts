import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { faultsOf } from '../../../lib/isolation/faults.js';
import { SiteFile } from '../../../lib/site/schema/site.js';
import { SiteError } from '../../../lib/site/error.js';
import { loadSite } from '../../../lib/site/load.js';
import { at } from '../isolation/support.js';
import { makeSite, PEOPLE, type SiteFixture } from '../../support/site-fixture.js';

const ISOLATION = `
    isolation:
      segment: [10.20.0.0/24, "fd00:20::/64"]
      responders: [10.9.0.5]
      fallback: [10.9.0.0/24]
      allowances:
        - { to: 10.9.0.2, protocol: udp, port: 514, reason: syslog }
      enforcers:
        - { name: fw, kind: command, command: [/opt/ir/fw], gateway: "10.9.0.1:22" }
        - { name: patch, kind: paste, instruction: pull, undo: plug, gateway: "[fd00:9::1]:22" }
      vantages:
        - { name: office, at: outside, command: [cofferdam-probe], controls: ["10.1.0.1:22"] }
        - { name: jump, at: responder, command: [cofferdam-probe] }`;

let made: SiteFixture;
let dir: string;
beforeAll(async () => {
  made = await makeSite(PEOPLE, [at('https://10.20.0.7', 'node1'), at('https://node2.example', 'node2')]);
  const file = join(made.dir, 'site.yaml');
  await writeFile(file, (await readFile(file, 'utf8')).replace(/( +)title: Out-of-band network/, `$&${ISOLATION}`));
});
afterAll(() => made.remove());
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cofferdam-site-isolation-'));
  await cp(made.dir, dir, { recursive: true });
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** Every problem, after the first match in a file was replaced; and the line of the change. */
async function after(file: string, from: string, to: string): Promise<{ readonly line: number; readonly problems: readonly unknown[] }> {
  const text = await readFile(join(dir, file), 'utf8');
  expect(text).toContain(from);
  await writeFile(join(dir, file), text.replace(from, to));
  const problems = await loadSite(dir).then(
    () => [],
    (error: unknown) => (error instanceof SiteError ? error.problems.map((one) => [one.file, one.line, one.code]) : [error]),
  );
  return { line: text.slice(0, text.indexOf(from)).split('\n').length, problems };
}

test('a zone with isolation loads', async () => {
  expect((await loadSite(dir)).site.zones[0]?.isolation?.vantages.map(({ controls }) => controls)).toEqual([['10.1.0.1:22'], undefined]);
});

test.each<[what: string, file: string, from: string, to: string, code: string]>([
  ['an enforcer twice', 'site.yaml', 'name: patch', 'name: fw', 'DUPLICATE_ID'],
  ['a vantage point twice', 'site.yaml', 'name: jump', 'name: office', 'DUPLICATE_ID'],
  ['a target named like an enforcer', 'inventory.yaml', 'id: node1', 'id: fw', 'DUPLICATE_ID'],
  ['a target outside of the segment', 'inventory.yaml', 'https://10.20.0.7', 'https://10.21.0.7', 'TARGET_OUTSIDE'],
  ['a responder in the segment', 'site.yaml', 'responders: [10.9.0.5]', 'responders: [10.20.0.5]', 'RESPONDER_INSIDE'],
  ['a fallback in the segment', 'site.yaml', 'fallback: [10.9.0.0/24]', 'fallback: ["fd00:20::5"]', 'RESPONDER_INSIDE'],
  ['a quarter of everybody as fallback', 'site.yaml', 'fallback: [10.9.0.0/24]', 'fallback: [128.0.0.0/2]', 'LIST_TOO_WIDE'],
  ['an allowance to everybody', 'site.yaml', 'to: 10.9.0.2', 'to: "::/0"', 'LIST_TOO_WIDE'],
  ['IPv4 in the clothes of IPv6', 'site.yaml', 'responders: [10.9.0.5]', 'responders: ["::ffff:10.9.0.5"]', 'NOT_ONE_SPELLING'],
  ['a gateway by name', 'site.yaml', '"10.9.0.1:22"', '"gw.example:22"', 'GATEWAY_BY_NAME'],
  ['a vantage point of nobody', 'site.yaml', 'at: responder, command: [cofferdam-probe]', 'at: responder', 'FIELD_INVALID'],
  ['a vantage point of two', 'site.yaml', 'at: responder,', 'at: responder, worker: true,', 'FIELD_INVALID'],
  ['a control by name', 'site.yaml', '"10.1.0.1:22"', '"office.example:22"', 'FIELD_INVALID'],
])('%s does not load, and the problem names file and line', async (_, file, from, to, code) => {
  const { line, problems } = await after(file, from, to);
  expect(problems).toEqual([[file, line, code]]);
});

test('a target by name does not load where only targets are cut off', async () => {
  const { problems } = await after('site.yaml', 'segment:', 'scope: targets\n      segment:');
  expect(problems).toEqual([['inventory.yaml', expect.any(Number), 'TARGET_OUTSIDE']]);
});

test('the example in docs/isolation.md is one that loads', async () => {
  const docs = await readFile(join(import.meta.dirname, '../../../docs/isolation.md'), 'utf8');
  const zones = SiteFile.shape.zones.parse(
    z.object({ zones: z.unknown() }).parse(parse(docs.split('```yaml')[1]?.split('```')[0] ?? '')).zones,
  );
  expect(zones.map(({ isolation }) => isolation && faultsOf(isolation))).toEqual([[]]);
});
