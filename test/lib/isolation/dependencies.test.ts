import { expect, test } from 'vitest';
import { answersFor } from '../../../lib/isolation/dependencies.js';
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
    ['kms', 'unanswered', ''],
    ['fencing', 'unanswered', ''],
    ['ntp', 'accepted', 'clocks drift a second a day'],
    ['dns', 'unanswered', ''],
  ]);
});
