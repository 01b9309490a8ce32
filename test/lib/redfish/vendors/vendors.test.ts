import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../../../lib/model/json.js';
import { AUDIT_LOGS, DOCUMENTS, NO_LOGS, SESSION_ADDRESSES, VOLATILE_LOGS } from '../../../../lib/redfish/vendors/facts.js';
import { vendorOf, VENDORS } from '../../../../lib/redfish/vendors/vendors.js';
import { PROFILES } from '../../../../drill/profiles/profiles.js';
import { seeded } from '../../../../drill/random.js';
import { readJson } from '../../../../lib/redfish/json.js';
import { LIMITS } from '../../../../lib/redfish/types.js';
import { captured } from '../../../drill/support.js';

describe('whose BMC it is', () => {
  test.each<[string, Json, string]>([
    ['an iDRAC', { Vendor: 'Dell', Product: 'Integrated Dell Remote Access Controller', Oem: { Dell: {} } }, 'dell'],
    ['an iLO', { Vendor: 'HPE', Product: 'ProLiant DL380a Gen11', Oem: { Hpe: {} } }, 'hpe'],
    ['an XCC', { Vendor: 'Lenovo' }, 'lenovo'],
    ['a Supermicro, which says it in Oem alone', { Oem: { Supermicro: { DumpService: {} } } }, 'supermicro'],
    ['a MegaRAC', { Vendor: 'AMI', Product: 'AMI Redfish Server', Oem: { Ami: {} } }, 'ami'],
    ['a GB200', { Vendor: 'NVIDIA', Product: 'GB200 NVL' }, 'openbmc'],
    ['plain bmcweb', { Product: 'OpenBMC' }, 'openbmc'],
    ['one that says nothing', { Name: 'Root Service' }, 'generic'],
    ['an unknown maker', { Vendor: 'Acme' }, 'generic'],
    ['an unknown maker with a known key', { Vendor: 'Acme', Oem: { Dell: {} } }, 'generic'],
    ['one that claims to be two', { Vendor: 'NVIDIA', Oem: { Hpe: {} } }, 'generic'],
    ['keys of two makers', { Oem: { Hpe: {}, Dell: {} } }, 'generic'],
    ['no JSON object', ['Dell'], 'generic'],
    ['nothing', null, 'generic'],
    ['a Vendor that is no text', { Vendor: { toString: 'Dell' } }, 'generic'],
  ])('%s', (_name, root, expected) => {
    expect(vendorOf(root).name).toBe(expected);
  });

  test('generated BMCs are taken for what they imitate', () => {
    const names = (['dell', 'hpe', 'openbmc', 'small'] as const).map((name) => {
      const stored = PROFILES[name](seeded(1, name, 0)).shelf.read('/redfish/v1');
      return vendorOf(readJson(stored?.bytes ?? Buffer.alloc(0), undefined, LIMITS).json).name;
    });
    expect(names).toEqual(['dell', 'hpe', 'openbmc', 'generic']);
  });

  test.skipIf(captured.length === 0)('captured trees are taken for their makers’ (skipped without the captured trees)', () => {
    const names = captured.map(
      (tree) => vendorOf(readJson(readFileSync(join(tree, 'redfish/v1/index.json')), undefined, LIMITS).json).name,
    );
    expect(names).toEqual(['dell', 'hpe', 'openbmc']);
  });
});

describe('facts of all vendors', () => {
  test('each names a public source, never ours', () => {
    const sources = VENDORS.flatMap((vendor) => sourcesIn(vendor));
    expect(sources.length).toBeGreaterThan(100);
    expect(sources.filter((source) => source.length < 4 || /facts|work\/|shared/.test(source))).toEqual([]);
  });

  test('more than one connection only where the source is not the default’s', () => {
    const many = VENDORS.filter(({ connections }) => connections !== 1);
    expect(many.map(({ name, connections }) => [name, connections])).toEqual([['openbmc', 4]]);
    expect(many.filter(({ connectionsSource }) => connectionsSource === VENDORS.at(-1)?.connectionsSource)).toEqual([]);
  });

  test('a log that is volatile at one vendor is volatile at all, and none is left out of the triage by a name that means a log elsewhere', () => {
    expect([...VOLATILE_LOGS].sort()).toEqual(['event', 'journal', 'log1']);
    expect([...NO_LOGS].sort()).toEqual(['debugtokenservice', 'diagnosticlog', 'dump', 'faultlog', 'fdr', 'postcodes']);
    expect(AUDIT_LOGS.slice(0, 3).sort()).toEqual([...VOLATILE_LOGS].sort());
    expect([...AUDIT_LOGS].sort()).toEqual(['auditlog', 'event', 'eventlog', 'iel', 'journal', 'lclog', 'log1', 'sl']);
    expect([...DOCUMENTS].sort()).toEqual(['$metadata', 'jsonschemas', 'odata', 'registries', 'registrystore', 'schemas', 'schemastore']);
    expect(SESSION_ADDRESSES).toEqual([['ClientOriginIPAddress'], ['Oem', 'Hpe', 'UserIP']]);
  });

  test('no dump is made without saying what it overwrites, what the host feels and what to beware of', () => {
    const dumps = VENDORS.flatMap(({ dumps: of }) => of);
    expect(dumps.map(({ name, host }) => [name, host])).toEqual([
      ['service data (FFDC)', 'none'],
      ['diagnostic data of the manager', 'none'],
      ['Active Health System log', 'none'],
      ['lifecycle log', 'none'],
      ['SupportAssist collection (TSR) without data of the host', 'none'],
      ['BMC dump', 'none'],
      ['system dump', 'host-at-risk'],
      ['diagnostic data of the manager', 'none'],
      ['host dump', 'host-at-risk'],
      ['diagnostic data of the manager', 'none'],
    ]);
    expect(dumps.filter(({ overwrites, traps }) => overwrites === '' || traps === '')).toEqual([]);
  });
});

function sourcesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null || value instanceof RegExp) return [];
  return Object.entries(value).flatMap(([key, child]: [string, unknown]) =>
    /^(source|connectionsSource)$/.test(key) && typeof child === 'string' ? [child] : sourcesIn(child),
  );
}
