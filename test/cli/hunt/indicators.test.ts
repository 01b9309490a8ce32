import { describe, expect, it } from 'vitest';
import { indicatorsOf } from '../../../cli/hunt/indicators.js';
import { FINDINGS, type Finding, type FindingCode } from '../../../lib/model/finding.js';
import type { Indicator } from '../../../lib/model/hunt.js';
import { digest, id } from '../../../lib/model/json.js';
import type { Allowed, Inventory, Site } from '../../../lib/model/site.js';

const KEY = digest<'key'>('a'.repeat(64));
const ALLOW: Allowed = {
  accounts: [{ userName: 'ops', roleId: 'Administrator', usedBy: 'team' }],
  sessions: [{ userName: 'monitor', address: '10.1.0.9' }],
  addresses: ['10.2.0.0/24'],
  subscriptions: ['https://siem.example:8443/in'],
  keys: [KEY],
  destinations: ['syslog.example'],
};
const TARGET = {
  id: id<'target'>('r2'),
  address: 'https://10.20.0.12',
  protocol: 'redfish',
  zone: id<'zone'>('a'),
  pin: null,
  identity: { serial: 'S', uuid: 'U' },
  secret: 'vault://file/r2',
  host: 'node2.example',
  class: 'x',
  usedBy: [],
  failureDomain: 'rack',
  allow: ALLOW,
} as const;
const inventory: Inventory = { version: 1, targets: [TARGET] };
const site: Site = {
  version: 1,
  name: id('s'),
  engine: { address: '', namespace: '' },
  zones: [{ id: id('a'), title: 'A' }],
  people: [],
  policy: { launch: { roles: [], cosignersAbove: 1, cosigners: 0 }, gates: {} },
  notifications: [],
  stores: [],
};

function found(kind: Indicator['kind'], value: string, code: FindingCode = 'UNKNOWN_ACCOUNT', target = 'r1'): Finding {
  return {
    code,
    target: id(target),
    uri: '/x',
    ...FINDINGS[code],
    evidence: digest('b'.repeat(64)),
    advice: '',
    indicator: { kind, value },
  };
}

const taking = (...findings: readonly Finding[]) => indicatorsOf(findings, { site, inventory }, 3);

describe('indicators of findings', () => {
  it('are told once, with every finding that shows them', () => {
    const { taken } = taking(
      found('account', 'Mallory'),
      found('address', '203.0.113.7'),
      found('account', 'mallory', 'LOG_UNKNOWN_ACCOUNT', 'r2'),
    );
    expect(taken.map(({ indicator, from }) => [indicator.value, from.map(({ target }) => target)])).toEqual([
      ['Mallory', ['r1', 'r2']],
      ['203.0.113.7', ['r1']],
    ]);
  });

  it.each<[Indicator['kind'], string]>([
    ['account', 'OPS'],
    ['account', 'monitor'],
    ['key', KEY],
    ['destination', 'http://siem.example/other'],
    ['destination', 'udp://SYSLOG.example:514'],
    ['address', '10.1.0.9'],
    ['address', '10.2.0.77'],
    ['address', '127.0.0.1'],
    ['address', '::1'],
    ['address', 'fe80::1'],
    ['address', '10.20.0.12'],
    ['destination', 'https://[::1]/x'],
    ['destination', 'https://node2.example/x'],
    ['image', 'nfs://127.0.0.1/boot.iso'],
  ])('are not what the site knows on any target, or what is local: %s %s', (kind, value) => {
    expect(taking(found(kind, value))).toEqual({ taken: [], known: 1, unfit: 0, left: 0 });
  });

  it('are not what no hunt could hold, nor what a hunt found', () => {
    expect(
      taking(found('address', 'not-an-address'), found('destination', 'https://a b/'), found('account', 'sought', 'HUNT_HIT')),
    ).toEqual({
      taken: [],
      known: 0,
      unfit: 2,
      left: 0,
    });
  });

  it('are bounded, and how many were left out is told', () => {
    const { taken, left } = taking(...['a1', 'b2', 'c3', 'd4', 'e5'].map((name) => found('account', name)));
    expect([taken.length, left]).toEqual([3, 2]);
  });
});
