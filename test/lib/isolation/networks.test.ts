import { describe, expect, test } from 'vitest';
import { networkText, overlap, readNetwork } from '../../../lib/isolation/networks.js';

describe('a network', () => {
  test.each([
    ['10.20.0.9/24', '10.20.0.0/24'],
    ['10.20.0.9/32', '10.20.0.9'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['FD00:0020:0::9/64', 'fd00:20::/64'],
    ['fd00::1/128', 'fd00::1'],
    ['::', '::'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['64:ff9b::10.0.0.1', '64:ff9b::a00:1'],
  ])('%s is spelled %s', (text, spelled) => {
    const network = readNetwork(text);
    expect(network === null ? null : networkText(network)).toBe(spelled);
  });

  test.each([
    '::ffff:10.0.0.1',
    '::ffff:0a00:1',
    '::ffff:0:0/96',
    'fe80::1%eth0',
    '10.0.0.0/33',
    'fd00::/129',
    '10.0.0.1/',
    'bmc.example',
    '',
  ])('%j has no spelling', (text) => {
    expect(readNetwork(text)).toBeNull();
  });

  test.each([
    ['10.0.0.0/8', '10.20.0.0/24', true],
    ['10.20.0.7', '10.20.0.0/24', true],
    ['10.20.1.0/24', '10.20.0.0/24', false],
    ['::/0', '10.20.0.0/24', false],
  ])('%s and %s overlap: %s', (one, other, expected) => {
    const [a, b] = [readNetwork(one), readNetwork(other)];
    expect(a !== null && b !== null && overlap(a, b)).toBe(expected);
  });
});
