import { describe, expect, it } from 'vitest';
import { judge, type Gateway } from '../../../lib/isolation/nftables/judge.js';
import { howIncluded } from '../../../lib/isolation/nftables/persist.js';
import type { Rules } from '../../../lib/model/isolation.js';
import { id } from '../../../lib/model/json.js';

const RULES: Rules = {
  incident: id<'incident'>('inc-1'),
  scope: 'segment',
  inside: ['10.20.0.0/24', 'fd20::/64'],
  responders: ['10.30.0.5', 'fd30::5'],
  fallback: ['10.30.0.0/24'],
  allowances: [{ to: '10.20.0.1', protocol: 'udp', port: 67, reason: 'dhcp' }],
};
const GATEWAY: Gateway = { interfaces: ['oob0'], present: ['lo', 'oob0', 'lan0'], login: { from: '10.30.0.5', through: 'lan0' } };

describe('judge', () => {
  it('accepts rules that let their own author in', () => {
    expect(() => judge(RULES, GATEWAY)).not.toThrow();
  });

  const other = { to: '10.9.0.1', protocol: 'tcp', port: 443, reason: 'kms' } as const;
  it.each<[string, Partial<Rules>, Partial<Gateway>]>([
    ['everybody among the responders', { responders: ['10.30.0.5', '0.0.0.0/0'] }, {}],
    ['half of everybody in fallback', { fallback: ['128.0.0.0/1'] }, {}],
    ['everybody over IPv6', { responders: ['10.30.0.5', '::/0'] }, {}],
    ['no responders', { responders: [] }, {}],
    ['nothing inside', { inside: [] }, {}],
    ['a responder inside', { responders: ['10.30.0.5', '10.20.0.9'] }, {}],
    ['a fallback around the inside', { fallback: ['10.20.0.0/16'] }, {}],
    ['a name for an address', { responders: ['jump.example'] }, {}],
    ['an allowance to everybody', { allowances: [{ ...other, to: '0.0.0.0/0' }] }, {}],
    ['an allowance to a target', { scope: 'targets', inside: ['10.20.0.9'], allowances: [{ ...other, to: '10.20.0.9' }] }, {}],
    ['our own address left out', { responders: ['10.30.0.6'] }, {}],
    ['an interface that is not there', {}, { interfaces: ['oob1'] }],
    ['the interface that we come through', {}, { login: { from: '10.30.0.5', through: 'oob0' } }],
  ])('refuses %s', (_, rules, gateway) => {
    expect(() => judge({ ...RULES, ...rules }, { ...GATEWAY, ...gateway })).toThrow(expect.objectContaining({ code: 'RULES_REFUSED' }));
  });
});

describe('howIncluded', () => {
  it.each([
    ['include "/etc/nftables.d/cofferdam.nft"', 'by-name'],
    ['include "/etc/nftables.d/*.nft"', 'by-pattern'],
    ['include "nftables.d/cofferdam.nft" # ours', 'by-name'],
    ['# include "/etc/nftables.d/*.nft"', 'not'],
    ['include "/etc/nftables.d/*.conf"', 'not'],
    ['include "/etc/*.nft"', 'not'],
    ['include "/etc/nftables.d/*.nft"\nflush ruleset', 'not'],
    ['flush ruleset\ninclude "/etc/nftables.d/c*.nft"', 'by-pattern'],
    ['', 'not'],
  ] as const)('reads %j as %s', (rules, how) => {
    expect(howIncluded(rules, '/etc/nftables.d/cofferdam.nft')).toBe(how);
  });
});
