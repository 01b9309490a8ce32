import { describe, expect, it } from 'vitest';
import { readIpmiAddress } from '../../../lib/model/ipmi-address.js';
import { guidIn } from '../../../lib/ipmi/parse/identity.js';
import { lanIn, suitesIn } from '../../../lib/ipmi/parse/lan.js';
import { saidIn } from '../../../lib/ipmi/refusal.js';
import { sessionsIn } from '../../../lib/ipmi/parse/sessions.js';
import { usersIn } from '../../../lib/ipmi/parse/users.js';

const said = (text: string) => ({ body: Buffer.from(text) });

/** As ipmitool 1.8.19 prints it. */
function access(...users: readonly { name: string; privilege?: string; messaging?: string; status?: string }[]): string {
  const blocks = users.map(({ name, privilege = 'ADMINISTRATOR', messaging = 'enabled', status = 'unknown' }, at) =>
    [
      `User ID              : ${String(at + 1)}`,
      `User Name            : ${name}`,
      'Fixed Name           : No',
      'Access Available     : call-in / callback',
      'Link Authentication  : disabled',
      `IPMI Messaging       : ${messaging}`,
      `Privilege Level      : ${privilege}`,
      `Enable Status        : ${status}`,
      '',
    ].join('\n'),
  );
  return `Maximum User IDs     : ${String(users.length)}\nEnabled User IDs     : 1\n\n${blocks.join('\n')}`;
}

describe('the users of a channel', () => {
  it('are enabled when they may open a session there, as far as the BMC says', () => {
    const users = usersIn(
      said(
        access(
          { name: '', privilege: 'USER' },
          { name: 'a: b' },
          { name: 'off', status: 'disabled' },
          { name: 'none', privilege: 'NO ACCESS' },
          { name: 'mute', messaging: 'disabled' },
        ),
      ),
    );
    expect(users?.map(({ id, name, enabled }) => [id, name, enabled])).toEqual([
      [1, '', true],
      [2, 'a: b', true],
      [3, 'off', false],
      [4, 'none', false],
      [5, 'mute', false],
    ]);
  });

  it.each([
    ['a name with a line feed', access({ name: 'x\ny' })],
    ['a name that begins another record', access({ name: 'x\nUser ID : 9' })],
    ['a table that ends early', access({ name: 'x' }, { name: 'y' }).split('\nUser ID              : 2')[0] ?? ''],
    ['a slot twice', access({ name: 'x' }, { name: 'y' }).replace(': 2\n', ': 1\n')],
    ['an error', 'Unable to Get Channel Info'],
    ['nothing', ''],
  ])('cannot be read from %s', (_, text) => {
    expect(usersIn(said(text))).toBeNull();
  });
});

describe('the settings of a LAN channel', () => {
  const PRINT = [
    'Set in Progress         : Set Complete',
    'Auth Type Support       : NONE MD5 ',
    'Auth Type Enable        : Callback : ',
    '                        : User     : MD5 ',
    '                        : Admin    : NONE MD5 ',
    'SNMP Community String   : public',
    'RMCP+ Cipher Suites     : 0,3,17',
    'Cipher Suite Priv Max   : XaaXXXXXXXXXXXX',
    '                        :     X=Cipher Suite Unused',
  ].join('\n');

  it('are read with their ways to log in and their cipher suites', () => {
    expect(lanIn(said(PRINT))).toEqual({
      authenticationTypes: ['MD5', 'NONE'],
      community: 'public',
      guessing: null,
      suites: [0, 3, 17],
      suitePrivileges: 'XaaXXXXXXXXXXXX',
    });
    expect(lanIn(said('Get Device ID command failed'))).toBeNull();
    expect(suitesIn(said('ID   IANA    Auth Alg\n0    N/A     none\n3    N/A     hmac_sha1\n'))).toEqual([0, 3]);
    expect(suitesIn(said(''))).toBeNull();
  });
});

it('reads the sessions that are open, with an address only where it is one', () => {
  const text = [
    'session handle                : 5\nslot count                    : 63\nuser id                       : 2\nprivilege level               : ADMINISTRATOR\nconsole ip                    : 192.0.2.9\n',
    'session handle                : 0\nslot count                    : 63\nactive sessions               : 1\n',
    'session handle                : 7\nuser id                       : 3\nprivilege level               : USER\nconsole ip                    : \u001b[2J\n',
  ].join('\n');
  expect(sessionsIn(said(text))).toEqual([
    { handle: 5, user: 2, privilege: 'ADMINISTRATOR', address: '192.0.2.9' },
    { handle: 7, user: 3, privilege: 'USER', address: null },
  ]);
  expect(sessionsIn(said('Get Session Info command failed'))).toBeNull();
});

it('takes a GUID and an address in one spelling only', () => {
  expect(guidIn(said('System GUID   : EFCDAB89-6745-23a1-efcd-ab89674523a1\n'))).toBe('efcdab89-6745-23a1-efcd-ab89674523a1');
  expect(guidIn(said('System GUID   : x\nGet GUID command failed'))).toBe('');
  expect(readIpmiAddress('ipmi://[fe80::1]:9623')).toEqual({ host: 'fe80::1', port: 9623 });
  expect(readIpmiAddress('ipmi://bmc.example')).toEqual({ host: 'bmc.example', port: 623 });
  for (const text of ['ipmi://-oX', 'ipmi://h:70000', 'ipmi://h:0', 'ipmi://h h', 'ipmi://'])
    expect(readIpmiAddress(text), text).toBeNull();
});

/** As `lan print` of ipmitool 1.8.19 prints parameter 26, where a BMC has it. */
function guessing(threshold: string, resets: string): string {
  return [
    'Auth Type Enable        : Callback : ',
    `Bad Password Threshold  : ${threshold}`,
    'Invalid password disable: no',
    `Attempt Count Reset Int.: ${resets}`,
    'User Lockout Interval   : 300',
    '',
  ].join('\n');
}

describe('what a BMC does to those who guess', () => {
  it.each([
    ['3', '600', { threshold: 3, resetAfterS: 600 }],
    ['0', '0', { threshold: 0, resetAfterS: 0 }],
    ['Not Available', '', null],
    ['3', 'x', null],
  ])('is read from %s and %s', (threshold, resets, told) => {
    expect(lanIn(said(guessing(threshold, resets)))?.guessing).toEqual(told);
  });
});

/** As ipmitool 1.8.19 prints it, measured. */
const SAID = 'Set User Password command successful (user 3)\n';
const FAILED = (why: string): string => `Discovered IPMB address 0x0\n${why}\nSet User Password command failed (user 3)\n`;

describe('what a BMC said to a new password', () => {
  it.each([
    ['that it took it', SAID, '', 'yes'],
    ['that it does not take it', '', FAILED('IPMI command failed: Insufficient privilege level'), 'no'],
    ['nothing', '', FAILED('IPMI response is NULL.'), 'nothing'],
    ['something that says nothing of what it did', '', FAILED('IPMI command failed: Unspecified error'), 'nothing'],
    ['a no to what was asked before it', '', 'Invalid completion code received: Invalid command\n', 'nothing'],
  ])('is %s', (_, stdout, stderr, told) => {
    expect(saidIn({ stdout: Buffer.from(stdout), stderr: Buffer.from(stderr) })).toBe(told);
  });
});
