import { expect, test } from 'vitest';
import { addressBook, isAddressOrNetwork } from '../../../lib/site/addresses.js';

test('addresses and networks of both families are known, and nothing else is', () => {
  const knows = addressBook(['192.0.2.7', '10.20.0.0/24', 'fd00:20::/64', 'bastion.example.org', '10.0.0.0/33']);
  const asked = ['192.0.2.7', '192.0.2.8', '10.20.0.255', '10.20.1.0', 'fd00:20::9', 'fd00:21::9', 'bastion.example.org', '10.0.0.1', ''];
  expect(asked.filter((address) => knows(address))).toEqual(['192.0.2.7', '10.20.0.255', 'fd00:20::9']);
});

test.each(['10.20.0.0/24', '::1', 'fd00::/8', '192.0.2.1/32'])('%s is an address or a network', (text) => {
  expect(isAddressOrNetwork(text)).toBe(true);
});

test.each(['', 'host', '10.20.0.0/33', '10.20.0.0/', '10.20.0.0/24/1', '/24', 'fd00::/129', '10.20.0.0/+8'])('%s is neither', (text) => {
  expect(isAddressOrNetwork(text)).toBe(false);
});
