import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { digestOf } from '../../../lib/trust/canonical.js';
import { oneTarget, plantedUri, type OneTarget } from '../../support/one-target.js';

const MAKERS = ['dell', 'hpe', 'lenovo', 'supermicro', 'openbmc'] as const;
const found = z.object({ code: z.string(), uri: z.string(), severity: z.string(), advice: z.string() });

let one: OneTarget | null = null;
afterEach(async () => {
  await one?.close();
  one = null;
});

test.each(MAKERS)('on a %s every way to stay that an attacker left is found, and nothing else', async (profile) => {
  one = await oneTarget({ profile, persistence: true });
  const { bmc } = one;
  const { plan } = await one.review();
  const findings = await findingsOf(one, plan.findings);
  const due = [...bmc.planted, ...bmc.standing].map(({ finding, uri }) => `${finding} ${uri}`);
  expect(findings.map(({ code, uri }) => `${code} ${uri}`).sort()).toEqual(due.sort());
});

test('the fleet of the scenario holds at least fifteen kinds of doors over five makers', async () => {
  const kinds = new Set<string>();
  for (const profile of MAKERS) {
    one = await oneTarget({ profile, persistence: true });
    for (const { kind } of one.bmc.planted) kinds.add(kind);
    await one.close();
    one = null;
  }
  expect(kinds.size).toBeGreaterThanOrEqual(15);
});

test('who made a thing is told with it, and stands in the timeline, from the BMC’s own log', async () => {
  const here = await oneTarget({ profile: 'dell', persistence: true });
  one = here;
  const { plan } = await here.review();
  const findings = await findingsOf(here, plan.findings);
  const rogue = findings.find(({ code, uri }) => code === 'UNKNOWN_ACCOUNT' && uri === plantedUri(here, 'rogue-administrator'));
  expect(rogue?.advice).toMatch(/By its own log: ".+" by "root" from 203\.0\.113\.\d+ over REDFISH at 2\d{3}-/);
  const rows = timelineOf(here);
  expect(rows).toContainEqual(
    expect.objectContaining({
      code: 'UNKNOWN_ACCOUNT',
      event: 'account-changed',
      who: 'root',
      interface: 'REDFISH',
      finding: digestOf(rogue),
    }),
  );
  expect(rows.map(({ at }) => at)).toEqual(rows.map(({ at }) => at).toSorted());
});

test('a community is a secret: no finding shows one', async () => {
  one = await oneTarget({ profile: 'supermicro', persistence: true });
  const { plan } = await one.review();
  const protocol: unknown = await one.withConnection(
    'read-only',
    async (connection) => (await connection.get('/redfish/v1/Managers/1/NetworkProtocol')).json,
  );
  const shape = z.object({ SNMP: z.object({ CommunityStrings: z.tuple([z.object({ CommunityString: z.string() })]) }) });
  const [{ CommunityString: secret }] = shape.parse(protocol).SNMP.CommunityStrings;
  const findings = await findingsOf(one, plan.findings);
  expect(findings.map(({ code }) => code)).toContain('SNMP_COMMUNITY');
  expect(JSON.stringify(findings)).not.toContain(secret);
});

const SHARED = resolve(import.meta.dirname, '../../../../shared/mockups');
const trees = existsSync(SHARED) ? readdirSync(SHARED) : [];

test.runIf(trees.length > 0).each(trees)(
  'the captured tree %s, untouched: its own sessions, and what docs/access-review.md lists',
  async (tree) => {
    one = await oneTarget({ trees: [join(SHARED, tree)], compromise: false });
    const { plan } = await one.review();
    const told = (await findingsOf(one, plan.findings))
      .filter(({ code }) => code !== 'FOREIGN_SESSION')
      .map(({ code, uri }) => `${code} ${uri}`);
    expect([...new Set(told)].sort()).toEqual(listedFor(tree).sort());
  },
);

function listedFor(tree: string): string[] {
  const page = readFileSync(resolve(import.meta.dirname, '../../../docs/access-review.md'), 'utf8');
  const rows = page.split('\n').map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')));
  return rows.filter((cells) => cells[1] === tree).map(([, , code = '', uri = '']) => `${code} ${uri}`);
}

const row = z.object({
  at: z.string(),
  code: z.string(),
  event: z.string().nullable(),
  who: z.string().nullable(),
  interface: z.string().nullable(),
  finding: z.string(),
});

/** As a stranger reads it: the one file that its capture line names. */
function timelineOf({ layout, ground }: OneTarget): readonly z.infer<typeof row>[] {
  const folder = join(layout.incident(ground.incident).evidence, ground.target.id, 'open');
  const lines = readFileSync(join(folder, 'captures.jsonl'), 'utf8').trim().split('\n');
  const line = lines
    .map((text) => z.object({ uri: z.string(), path: z.string().nullable() }).parse(JSON.parse(text)))
    .find(({ uri }) => uri === 'cofferdam:/timeline');
  expect(readdirSync(join(folder, 'data'))).toContain(line?.path?.slice('data/'.length));
  return z.object({ rows: z.array(row) }).parse(JSON.parse(readFileSync(join(folder, line?.path ?? ''), 'utf8'))).rows;
}

async function findingsOf(
  { objects }: OneTarget,
  names: readonly Parameters<OneTarget['objects']['get']>[0][],
): Promise<readonly z.infer<typeof found>[]> {
  return Promise.all(names.map(async (name) => found.loose().parse(await objects.get(name))));
}
