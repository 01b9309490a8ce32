import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Indicator } from '../../../../lib/model/hunt.js';
import { lookFor, type Trace } from '../../../../lib/steps/hunt/match.js';

const BLOB = 'AAAAC3NzaC1lZDI1NTE5AAAAIKq0mXk0y1V5b3W6v1y9Zr3m2s8d7f6g5h4j3k2l1q0w';
const KEY = `ssh-ed25519 ${BLOB} ops@laptop`;
const FINGERPRINT = `SHA256:${createHash('sha256').update(Buffer.from(BLOB, 'base64')).digest('base64').replace(/=+$/, '')}`;
const digest = (text: string) => createHash('sha256').update(text).digest('hex');

type Row = readonly [Indicator['kind'], string, Trace['kind'], string];

const SAME: readonly Row[] = [
  ['account', 'svc-update', 'account', 'svc-update'],
  ['account', 'SVC-Update', 'account', 'svc-update'],
  ['account', 'sysmon', 'message', 'User SysMon was created by root.'],
  ['key', digest(KEY), 'key', `${KEY}\n`],
  ['key', FINGERPRINT, 'key', `ssh-ed25519 ${BLOB} another@host`],
  ['key', FINGERPRINT, 'key', `from="10.0.0.0/8" ssh-ed25519 ${BLOB}`],
  ['key', digest('der'), 'key', `-----BEGIN CERTIFICATE-----\r\n${Buffer.from('der').toString('base64')}\r\n-----END CERTIFICATE-----`],
  ['address', '203.0.113.7', 'address', '203.0.113.7'],
  ['address', '203.0.113.7', 'address', '::ffff:203.0.113.7'],
  ['address', '::FFFF:203.0.113.7', 'address', '203.0.113.7'],
  ['address', '2001:DB8::7', 'address', '2001:db8:0:0::7'],
  ['address', '203.0.113.7', 'place', 'https://203.0.113.7:8443/ab'],
  ['address', '2001:db8::7', 'place', 'https://[2001:db8::7]:8443/ab'],
  ['address', '203.0.113.7', 'message', 'login of root from 203.0.113.7.'],
  ['destination', 'https://203.0.113.7:8443/ab', 'place', '203.0.113.7:514'],
  ['destination', 'https://Drop.example.NET/x', 'place', 'drop.example.net.'],
  ['destination', 'https://203.0.113.7/ab', 'address', '203.0.113.7'],
  ['destination', 'ops@example.net', 'place', 'Ops@example.net'],
  ['destination', 'http://203.0.113.7/', 'image', 'http://203.0.113.7/boot.iso'],
  ['image', 'http://203.0.113.7/Boot.iso', 'image', 'http://203.0.113.7/boot.iso'],
  ['image', 'implant.iso', 'image', '//10.0.0.9/share/IMPLANT.ISO?x=1'],
];

const OTHER: readonly Row[] = [
  ['account', 'admin', 'account', 'admin1'],
  ['account', 'admin', 'account', 'adm1n'],
  ['account', 'admin', 'account', 'аdmin'],
  ['account', 'admin', 'account', ' admin'],
  ['account', 'admin', 'message', 'User backup-admin was created'],
  ['account', 'admin', 'message', 'User admin.old was created'],
  ['account', 'it', 'message', 'it was created'],
  ['account', 'admin', 'key', 'admin'],
  ['key', digest(KEY), 'key', KEY.replace('AAAAC3', 'AAAAC4')],
  ['key', FINGERPRINT, 'key', KEY.replace('Kq0m', 'Kq1m')],
  ['key', digest(KEY), 'message', digest(KEY)],
  ['address', '203.0.113.7', 'address', '203.0.113.70'],
  ['address', '203.0.113.7', 'place', 'https://203.0.113.7.example.net/'],
  ['address', '203.0.113.7', 'message', 'from 203.0.113.71'],
  ['address', '203.0.113.7', 'message', 'from 1203.0.113.7'],
  ['destination', 'https://drop.example.net/x', 'place', 'https://notdrop.example.net/x'],
  ['destination', 'https://drop.example.net/x', 'place', 'https://drop.example.net.evil.example/x'],
  ['destination', 'https://drop.example.net/x', 'place', 'https://drop.example.net@10.0.0.1/x'],
  ['destination', 'ops@example.net', 'place', 'other@example.net'],
  ['destination', 'ops@example.net', 'place', 'https://example.net/'],
  ['image', 'http://203.0.113.7/boot.iso', 'image', 'http://10.0.0.9/boot.iso'],
  ['image', 'boot.iso', 'image', 'http://10.0.0.9/reboot.iso'],
];

describe('what counts as the same', () => {
  it.each(SAME)('%s %s is the %s %s', (kind, value, trace, text) => {
    expect(lookFor([{ kind, value }])({ kind: trace, text }).length > 0).toBe(true);
  });

  it.each(OTHER)('%s %s is not the %s %s', (kind, value, trace, text) => {
    expect(lookFor([{ kind, value }])({ kind: trace, text }).length > 0).toBe(false);
  });
});
