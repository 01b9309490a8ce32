import { describe, expect, test } from 'vitest';
import { IsolationError } from '../../../lib/isolation/error.js';
import { rulesFor } from '../../../lib/isolation/rules.js';
import { id } from '../../../lib/model/json.js';
import type { Isolation } from '../../../lib/model/isolation-terms.js';
import type { Target } from '../../../lib/model/site.js';
import { at, ISOLATION } from './support.js';

const incident = id<'incident'>('i1');

function refusal(isolation: Isolation, targets: readonly Target[] = []): unknown {
  try {
    rulesFor({ incident, isolation, targets });
  } catch (error) {
    return error instanceof IsolationError ? error.code : error;
  }
  return 'accepted';
}

describe('rules', () => {
  test('have one spelling, whatever order and notation the site has', () => {
    const isolation: Isolation = {
      ...ISOLATION,
      segment: ['FD00:20:0::5/64', '10.20.0.0/25', '10.20.0.9/24', '10.3.0.0/16'],
      responders: ['10.9.0.5/32', '10.9.0.5', '10.9.0.4'],
      fallback: ['10.9.0.77/24'],
      allowances: [
        { to: '10.9.0.2', protocol: 'udp', port: 67, reason: 'dhcp' },
        { to: '10.9.0.2/32', protocol: 'udp', port: 67, reason: 'once more' },
        { to: '10.9.0.2', protocol: 'tcp', port: 636, reason: 'directory-login' },
      ],
    };
    expect(rulesFor({ incident, isolation, targets: [] })).toEqual({
      incident,
      scope: 'segment',
      inside: ['10.3.0.0/16', '10.20.0.0/24', 'fd00:20::/64'],
      responders: ['10.9.0.4', '10.9.0.5'],
      fallback: ['10.9.0.0/24'],
      allowances: [
        { to: '10.9.0.2', protocol: 'tcp', port: 636, reason: 'directory-login' },
        { to: '10.9.0.2', protocol: 'udp', port: 67, reason: 'dhcp' },
      ],
    });
  });

  test('for targets alone hold the addresses of the incident', () => {
    const targets = [at('https://[fd00:20::7]:8443', 'node2'), at('https://10.20.0.7', 'node1')];
    expect(rulesFor({ incident, isolation: { ...ISOLATION, scope: 'targets' }, targets }).inside).toEqual(['10.20.0.7', 'fd00:20::7']);
  });

  test('for a segment are made of its networks, though a target has a name only', () => {
    expect(refusal(ISOLATION, [at('https://bmc1.example')])).toBe('accepted');
  });

  test.each<[string, Partial<Isolation>, Target[]?]>([
    ['nobody as responder', { responders: [] }],
    ['everybody as responder', { responders: ['0.0.0.0/0'] }],
    ['all of IPv6 as responder', { responders: ['2000::/3'] }],
    ['everybody in two halves', { responders: ['0.0.0.0/1', '128.0.0.0/1'] }],
    ['everybody in many pieces', { responders: Array.from({ length: 32 }, (_, first) => `${String(first + 100)}.0.0.0/8`) }],
    ['everybody as fallback', { fallback: ['::/0'] }],
    ['an allowance to everybody', { allowances: [{ to: '0.0.0.0/0', protocol: 'tcp', port: 443, reason: 'updates' }] }],
    ['a responder inside the segment', { responders: ['10.20.0.5'] }],
    ['responders around the segment', { responders: ['10.0.0.0/8'] }],
    ['a fallback inside the segment', { fallback: ['fd00:20::5'] }],
    ['an IPv4 responder in the clothes of IPv6', { responders: ['::ffff:10.9.0.5'] }],
    ['a target outside of the segment', {}, [at('https://10.21.0.7')]],
    ['a target outside of the segment, though only targets are cut off', { scope: 'targets' }, [at('https://10.21.0.7')]],
    ['a target by name, when only targets are cut off', { scope: 'targets' }, [at('https://bmc1.example')]],
    ['no target, when only targets are cut off', { scope: 'targets' }],
  ])('with %s are refused', (_, terms, targets = []) => {
    expect(refusal({ ...ISOLATION, ...terms }, targets)).toBe('RULES_REFUSED');
  });
});
