import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { listKept } from '../../../lib/evidence/kept.js';
import type { Finding } from '../../../lib/model/finding.js';
import { id } from '../../../lib/model/json.js';
import { planTarget } from '../../../lib/steps/plan.js';
import { triage } from '../../../lib/steps/triage.js';
import { readPlan } from '../../../lib/trust/read-plan.js';
import { captured } from '../../drill/support.js';
import { oneTarget, secretsOf, type OneTarget } from '../../support/one-target.js';

let one: OneTarget | null = null;
afterEach(async () => {
  await one?.close();
  one = null;
});

const PROFILES = ['dell', 'hpe', 'openbmc', 'small'] as const;

describe('on a BMC that nobody attacked', () => {
  test.each(PROFILES)('a %s profile: nothing is found but that a maker is unknown, our own logins included', async (profile) => {
    one = await oneTarget({ profile, compromise: false });
    // The second review sees the logins of the first.
    expect([codes(await reviewed(one)), codes(await reviewed(one))]).toEqual([expected(one), expected(one)]);
  });

  test.each(captured)('the captured tree %s: just what docs/log-findings.md lists', async (tree) => {
    one = await oneTarget({ trees: [tree], compromise: false });
    const found = codes(await reviewed(one));
    expect(found.map((line) => line.replace('/redfish/v1/', ''))).toEqual(KNOWN[basename(tree)]);
  });
});

describe('on a BMC that somebody attacked', () => {
  test.each(PROFILES)('a %s profile: what was left in the log is found, all of it and nothing else', async (profile) => {
    one = await oneTarget({ profile });
    expect(codes(await reviewed(one)).sort()).toEqual(expected(one).sort());
    expect(new Set(one.bmc.traces.map(({ kind }) => kind)).size).toBeGreaterThan(1);
  });
});

test('what is captured is not asked for again, and every finding names the capture that shows it', async () => {
  const here = (one = await oneTarget({ profile: 'hpe' }));
  const before = await reviewed(here);
  const { entries } = here.fleet.wire;
  const asked = entries.slice(entries.findLastIndex(({ method }) => method === 'POST')).map(({ uri }) => uri);
  expect(asked.filter((uri) => /LogServices/.test(uri))).toEqual([]);
  expect(before.length).toBeGreaterThan(0);
  const kept = await here.withSeries((series) => listKept(series.folder));
  const shown = new Map(kept.captures.map(({ uri, sha256 }) => [sha256, uri]));
  for (const { uri, evidence } of before) expect(uri).toMatch(new RegExp(`^${shown.get(evidence) ?? 'no capture'}`));
});

test('without a triage the first page of each log is read over the wire', async () => {
  one = await oneTarget({ profile: 'dell' });
  expect(codes(await reviewed(one, false)).sort()).toEqual(expected(one).sort());
});

test('a body that is not the one that was captured parks the target instead of being judged', async () => {
  const here = (one = await oneTarget({ profile: 'small' }));
  const kept = await here.withSeries(async (series) => {
    await here.withConnection('read-only', (connection) => triage(connection, series));
    return listKept(series.folder);
  });
  const log = kept.captures.find(({ uri }) => uri.endsWith('/Entries'));
  if (log === undefined) throw new Error('the triage read no log');
  await writeFile(log.file, '{"Members":[]}');
  await expect(reviewed(here, false)).rejects.toMatchObject({ code: 'PAYLOAD_CHANGED' });
});

/** Of the captures as they are, by anybody who reads them: nothing here was planted. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  'dell-r750-idrac9-6.00.30.00': [
    'LOG_CLOCK_OFFSET Managers/iDRAC.Embedded.1',
    'LOG_WRAPPED Managers/iDRAC.Embedded.1/LogServices/Sel',
    'LOG_UNKNOWN_ADDRESS Managers/iDRAC.Embedded.1/LogServices/Lclog/Entries/83430',
    'LOG_UNKNOWN_ADDRESS Managers/iDRAC.Embedded.1/LogServices/Lclog/Entries/83434',
  ],
  'hpe-dl380a-gen11-ilo6-1.66': [
    'LOG_CLOCK_OFFSET Managers/1',
    'LOG_START_MISSING Managers/1/LogServices/IEL/Entries/1',
    ...[11, 16, 19, 21, 22, 30, 210, 215, 245].map((n) => `LOG_UNKNOWN_ADDRESS Managers/1/LogServices/IEL/Entries/${String(n)}`),
    'LOG_CLEARED Systems/1/LogServices/SL/Entries/1',
    'LOG_CLEARED Systems/1/LogServices/IML/Entries/1',
    'LOG_CHASSIS_OPENED Systems/1/LogServices/IML/Entries/3',
    'LOG_FIRMWARE_CHANGED Systems/1/LogServices/IML/Entries/23',
    'LOG_FIRMWARE_CHANGED Systems/1/LogServices/IML/Entries/24',
  ],
  'openbmc-nvidia-gb200nvl-24.12-8': ['LOG_CLOCK_OFFSET Managers/BMC_0', 'LOG_CLOCK_OFFSET Managers/HGX_BMC_0'],
};

function expected({ bmc }: OneTarget): string[] {
  return bmc.traces.map(({ finding, uri }) => `${finding} ${uri}`);
}

function codes(findings: readonly Finding[]): string[] {
  return findings.map(({ code, uri }) => `${code} ${uri}`);
}

async function reviewed(here: OneTarget, first = true): Promise<readonly Finding[]> {
  const { target, objects } = here;
  return here.withSeries(async (series) => {
    if (first) await here.withConnection('read-only', (connection) => triage(connection, series));
    const { row, counts } = await here.withConnection('read-only', (connection) =>
      planTarget({ step: id('review-logs'), target, series, connection, objects, secret: secretsOf(target) }),
    );
    expect([row.operations, row.effect, counts.change]).toEqual([0, 'observe', 0]);
    const { findings } = readPlan(await objects.get(row.plan));
    return Promise.all(findings.map(async (name) => findingOf(await objects.get(name))));
  });
}

function isFinding(value: unknown): value is Finding {
  return typeof value === 'object' && value !== null && 'evidence' in value;
}

function findingOf(value: unknown): Finding {
  if (isFinding(value)) return value;
  throw new TypeError('expected a finding');
}
