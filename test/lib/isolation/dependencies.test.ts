import { describe, expect, test } from 'vitest';
import { answersFor, isCutOff, type Need } from '../../../lib/isolation/dependencies.js';
import type { Isolation } from '../../../lib/model/isolation-terms.js';
import { ISOLATION } from './support.js';

test('a dependency is allowed by a reason that names it, accepted by a reason, or unanswered', () => {
  const answers = answersFor({
    ...ISOLATION,
    allowances: [
      { to: '10.9.0.2', protocol: 'udp', port: 67, reason: 'DHCP renewal' },
      { to: '10.9.0.3', protocol: 'udp', port: 53, reason: 'mydns-server' },
    ],
    accepted: [{ dependency: 'ntp', reason: 'clocks drift a second a day' }],
  });
  expect(answers.map(({ dependency, is, because }) => [dependency, is, because])).toEqual([
    ['dhcp', 'allowed', 'DHCP renewal'],
    ['directory-login', 'unanswered', ''],
    ['syslog', 'unanswered', ''],
    ['alerts', 'unanswered', ''],
    ['kms', 'unanswered', ''],
    ['fencing', 'unanswered', ''],
    ['ntp', 'accepted', 'clocks drift a second a day'],
    ['dns', 'unanswered', ''],
  ]);
});

describe('what a server inside is set to use', () => {
  const LDAP: Need = { dependency: 'directory-login', host: '10.9.0.3', via: [{ protocol: 'tcp', port: 636 }] };
  const LEASE: Need = { dependency: 'dhcp', host: null, via: [{ protocol: 'udp', port: 67 }] };
  const NAME: Need = { ...LDAP, host: 'ldap.example.net' };
  const out = (to: string, port: number, reason: string, protocol: 'tcp' | 'udp' = 'tcp'): Isolation => ({
    ...ISOLATION,
    allowances: [{ to, protocol, port, reason }],
  });
  const accepting: Isolation = { ...ISOLATION, accepted: [{ dependency: 'directory-login', reason: 'local accounts' }] };

  test.each<[string, Need, Isolation, boolean]>([
    ['when nothing is allowed', LDAP, ISOLATION, true],
    ['unless its network is allowed', LDAP, out('10.9.0.0/24', 636, 'x'), false],
    ['when another address is allowed', LDAP, out('10.9.0.4', 636, 'directory-login'), true],
    ['when another port is allowed', LDAP, out('10.9.0.3', 389, 'directory-login'), true],
    ['when another protocol is allowed', LDAP, out('10.9.0.3', 636, 'directory-login', 'udp'), true],
    ['unless that was accepted', LDAP, accepting, false],
    ['when something else was accepted', LEASE, accepting, true],
    ['unless it lies in its own network', { ...LDAP, host: '10.20.0.9' }, ISOLATION, false],
    ['when it lies in another network of the segment', { ...LDAP, host: 'fd00:20::9' }, ISOLATION, true],
    ['by name, unless an allowance for that purpose has its port', NAME, out('10.9.0.3', 636, 'directory-login'), false],
    ['by name, when the allowance is for another purpose', NAME, out('10.9.0.3', 636, 'kms'), true],
    ['from whoever answers, unless its port is allowed', LEASE, out('10.9.0.2', 67, 'leases', 'udp'), false],
  ])('is cut off %s', (_, need, isolation, expected) => {
    expect(isCutOff(isolation, need, '10.20.0.7')).toBe(expected);
  });
});
