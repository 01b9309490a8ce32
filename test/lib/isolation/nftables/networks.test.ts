import { describe, expect, it } from 'vitest';
import { merged, networkOf, overlap, reduced } from '../../../../lib/isolation/nftables/networks.js';

const networks = (...texts: readonly string[]) => texts.map(networkOf).filter((each) => each !== null);

describe('networkOf', () => {
  it.each([
    ['10.0.0.5', '10.0.0.5'],
    ['10.0.0.5/24', '10.0.0.0/24'],
    ['10.0.0.5/32', '10.0.0.5'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['FD00:0:0::5', 'fd00::5'],
    ['fd00::5/64', 'fd00::/64'],
    ['::ffff:10.0.0.1', '::ffff:a00:1'],
    ['::/0', '::/0'],
  ])('writes %s as nft does: %s', (text, written) => {
    expect(networkOf(text)?.text).toBe(written);
  });

  it.each(['', 'gateway', '10.0.0', '10.0.0.0/33', '10.0.0.0/', 'fd00::/129', 'fe80::1%eth0', '10.0.0.0/8/8'])(
    'takes %s for none',
    (text) => {
      expect(networkOf(text)).toBeNull();
    },
  );
});

describe('lists of networks', () => {
  it('lose those that others cover', () => {
    expect(
      reduced(networks('10.0.0.5', '10.0.0.0/24', '10.0.1.0/24', 'fd00::/64', 'fd00::1', '10.0.0.0/24')).map(({ text }) => text),
    ).toEqual(['10.0.0.0/24', '10.0.1.0/24', 'fd00::/64']);
  });

  it('are equal when they hold the same addresses', () => {
    const runs = (...texts: readonly string[]) => merged(networks(...texts)).map(({ first, last }) => [first, last]);
    expect(runs('10.0.0.0/25', '10.0.0.128/25')).toEqual(runs('10.0.0.0/24'));
    expect(runs('10.0.0.0/25', '10.0.0.129')).not.toEqual(runs('10.0.0.0/24'));
  });

  it('of two families never overlap', () => {
    const [all, one] = networks('::/0', '10.0.0.1');
    expect(all !== undefined && one !== undefined && overlap(all, one)).toBe(false);
  });
});
