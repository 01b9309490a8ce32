import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalUri } from '../../../lib/redfish/uri.js';

const BASE = '/redfish/v1/Systems/1';

test.each([
  ['/redfish/v1/Systems/', '/redfish/v1/Systems'],
  ['/redfish/v1/systems/1/bios/settings/', '/redfish/v1/systems/1/bios/settings'],
  ['/redfish/v1/Chassis/1/Assembly#/Assemblies/0', '/redfish/v1/Chassis/1/Assembly'],
  ['/redfish/v1/Chassis/1/NetworkAdapters//Ports/0', '/redfish/v1/Chassis/1/NetworkAdapters//Ports/0'],
  ['/redfish/v1/Oem/Dell/DellSlots?$skip=50', '/redfish/v1/Oem/Dell/DellSlots?$skip=50'],
  ['/redfish/v1/Oem/Dell/DellSlots/?$skip=50', '/redfish/v1/Oem/Dell/DellSlots?$skip=50'],
  ['?$skip=50', `${BASE}?$skip=50`],
  ['#/Oem', BASE],
  ['/redfish/v1/$metadata', '/redfish/v1/$metadata'],
  ['/redfish/v1/a/./b/../c', '/redfish/v1/a/c'],
  ['/redfish/v1/%2e%2e/v1/%41%2f%7e', '/redfish/v1/A%2F~'],
  ['/redfish/v1/Disk.Bay.2:Enclosure.Internal.0-1', '/redfish/v1/Disk.Bay.2:Enclosure.Internal.0-1'],
  ['/redfish/', '/redfish'],
])('the canonical spelling of %s is %s', (link, canonical) => {
  expect(canonicalUri(link, BASE)).toBe(canonical);
});

test.each([
  '',
  '//evil.example/redfish/v1',
  '/\\evil.example/redfish/v1',
  'https://evil.example/redfish/v1',
  'file:///redfish/v1',
  'javascript:alert(1)',
  'HpeiLOBackupFileCollection',
  '/redfishy/v1',
  '/etc/passwd',
  '/redfish/v1/../../etc',
  '/redfish/v1/%2e%2e/%2e%2e/etc',
  '/redfish/v1/a\nb',
  '/redfish/v1/a b',
  '/redfish/v1/a\u202eb',
  '/redfish/v1/\ud800',
  `/redfish/v1/${'a'.repeat(2_048)}`,
  `/redfish/v1/${'é'.repeat(1_000)}`,
])('%j is no URI of this BMC', (link) => {
  expect(canonicalUri(link, BASE)).toBeNull();
});

test('absolute links count only when they lead to this very BMC', () => {
  const origin = 'https://127.0.0.2:8443';
  expect(canonicalUri(`${origin}/redfish/v1/Systems/`, BASE, origin)).toBe('/redfish/v1/Systems');
  for (const other of ['https://127.0.0.2', 'http://127.0.0.2:8443', 'https://127.0.0.3:8443', 'https://u:p@127.0.0.2:8443'])
    expect(canonicalUri(`${other}/redfish/v1/Systems`, BASE, origin)).toBeNull();
});

test('a canonical URI stays what it is and stays below /redfish', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.webPath(), fc.webUrl()), (tail) => {
      for (const link of [tail, `/redfish/v1/${tail}`, `/redfish${tail}`]) {
        const canonical = canonicalUri(link, BASE);
        if (canonical === null) continue;
        expect(canonicalUri(canonical, BASE)).toBe(canonical);
        expect(canonical).toMatch(/^\/redfish(?:[/?]|$)/);
      }
    }),
  );
});
