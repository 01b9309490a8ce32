import { describe, expect, test } from 'vitest';
import type { Json } from '../../../lib/model/json.js';
import { logRecord, numberingOf, plainAddress } from '../../../lib/redfish/log-record.js';
import { unknownLog } from '../../../lib/redfish/vendors/generic.js';
import type { Numbering } from '../../../lib/redfish/vendors/vendor.js';

const NONE: Numbering = { rule: 'none', path: [], span: null };

/** Excerpts in the words of real entries; names, addresses and dates are ours. */
describe('an entry is read as its maker writes it', () => {
  test.each<[string, Json, Partial<ReturnType<typeof logRecord>>]>([
    [
      'an iDRAC login',
      {
        Created: '2026-03-01T10:00:00-05:00',
        MessageId: 'IDRAC.2.7.USR0030',
        Message: 'Successfully logged in using root, from 192.0.2.7 and REDFISH.',
      },
      { event: 'login', user: 'root', address: '192.0.2.7', at: Date.UTC(2026, 2, 1, 15) },
    ],
    [
      'an iDRAC login that failed, by its arguments alone',
      { MessageId: 'IDRAC.2.7.USR0031', Message: 'in another language', MessageArgs: ['eve', '192.0.2.8', 'WebUI'] },
      { event: 'login-failed', user: 'eve', address: '192.0.2.8' },
    ],
    [
      'an iDRAC change of an account',
      {
        MessageId: 'IDRAC.2.7.RAC1195',
        Message: 'User root via IP 192.0.2.7 requested state / configuration change to Users.4.UserName using REDFISH.',
      },
      { event: 'account-changed', user: 'root', address: '192.0.2.7', about: 'Users.4.UserName' },
    ],
    [
      'an iDRAC change of something else',
      {
        MessageId: 'IDRAC.2.7.RAC1195',
        Message: 'User root via IP 192.0.2.7 requested state / configuration change to NTPConfigGroup using REDFISH.',
      },
      { event: 'configuration', user: 'root', address: '192.0.2.7' },
    ],
    [
      'an iDRAC repetition',
      { MessageId: 'IDRAC.2.7.LOG007', Message: 'The previous log entry was repeated 5 times.' },
      { event: 'repeated', count: 5 },
    ],
    [
      'an iLO login by IPv6, thrice',
      {
        Created: '2026-03-01T10:00:00Z',
        MessageId: '35.1017',
        Message: 'Browser login: Administrator - fe80::20c:29ff:fee8:1(DNS name not found).',
        Oem: { Hpe: { Class: 35, Code: 1017, Count: 3, EventNumber: 2100 } },
      },
      { event: 'login', user: 'Administrator', address: 'fe80::20c:29ff:fee8:1', count: 3, number: null },
    ],
    [
      'an iLO host login',
      { MessageId: '35.1131', Message: 'Host REST login: System Administrator' },
      { event: 'login', user: 'System Administrator', address: null },
    ],
    [
      'a cleared security log',
      { MessageId: '33.4', Message: 'Security log cleared by: Administrator' },
      { event: 'log-cleared', user: 'Administrator' },
    ],
    [
      'a cleared IML',
      { MessageId: '33.1', Message: 'IML Cleared ( user: System Administrator)' },
      { event: 'log-cleared', user: 'System Administrator' },
    ],
    [
      'an iLO hood that was removed, undated',
      {
        Created: '0000-00-00T00:00:00Z',
        MessageId: '10.1025',
        Message: 'Intrusion Alert Detection - The server chassis hood was removed.',
      },
      { event: 'intrusion', at: null },
    ],
    [
      'an XCC login, whose id is elsewhere',
      {
        Message: 'Remote Login Successful. Login ID: alice using WEB from webguis at IP address 192.0.2.50.',
        MessageArgs: [],
        Oem: { Lenovo: { CommonEventID: 'FQXSPSE4001I', EventSequenceNumber: 17 } },
      },
      { event: 'login', user: 'alice', address: '192.0.2.50' },
    ],
    [
      'an XCC account that was made',
      { Message: 'User dave created by user erin from web at IP address 192.0.2.51.', Oem: { Lenovo: { CommonEventID: 'FQXSPSE4033I' } } },
      { event: 'account-changed', user: 'erin', about: 'dave', address: '192.0.2.51' },
    ],
    [
      'a Supermicro user that was added',
      {
        MessageId: 'Event.1.0.UserAdded',
        Message: '[MEL-0000] User eve was added successfully.',
        Oem: { Supermicro: { Interface: 'Redfish', User: 'ADMIN(ADMIN)', Source: '192.0.2.60', Category: 'Account' } },
      },
      { event: 'account-changed', user: 'ADMIN', address: '192.0.2.60' },
    ],
    [
      'a Supermicro host event',
      {
        Message: '[MEL-0206] The host FW user password has been auto-generated.',
        Oem: { Supermicro: { User: 'ADMIN', Source: 'Localhost' } },
      },
      { event: null, user: 'ADMIN', address: null },
    ],
    [
      'a MegaRAC audit row over the host interface',
      { Message: 'User: HostAutoFW, IP: 169.254.0.18, Protocol: https - resource /redfish/v1/AccountService/Accounts/5 created' },
      { event: 'account-changed', user: 'HostAutoFW', address: '169.254.0.18' },
    ],
    ['a cleared OpenBMC log', { MessageId: 'OpenBMC.0.4.EventLogCleared', Message: 'Event Log Cleared.' }, { event: 'log-cleared' }],
    [
      'a sensor’s date that means none',
      { Created: '9999-12-31T23:59:59+00:00', MessageId: 'OpenBMC.0.4.SensorThresholdWarning' },
      { at: null, event: null },
    ],
    [
      'a SEL record of an open chassis',
      { EntryType: 'SEL', EntryCode: 'Assert', SensorType: 'Physical Chassis Security', MessageId: '0500ffff' },
      { event: 'intrusion' },
    ],
    ['one of a closed chassis', { EntryCode: 'Deassert', SensorType: 'Physical Chassis Security' }, { event: null }],
  ])('%s', (_name, entry, expected) => {
    expect(logRecord(entry, NONE)).toMatchObject(expected);
  });

  test.each<[string, Json]>([
    ['no object', 7],
    ['nothing', null],
    ['things of other types', { Id: [], Created: {}, Message: 5, MessageId: ['x'], MessageArgs: 'root', Oem: { Hpe: 'x' } }],
    ['numbers beyond reason', { Oem: { Hpe: { EventNumber: 1e300, Count: -4 } }, Created: `2026${'0'.repeat(5000)}` }],
  ])('%s says nothing and hurts nobody', (_name, entry) => {
    const numbering: Numbering = { rule: 'contiguous', path: ['Oem', 'Hpe', 'EventNumber'], span: null };
    expect(logRecord(entry, numbering)).toMatchObject({ number: null, at: null, event: null, user: null, address: null, count: 1 });
  });

  test('a hostile message is cut and stripped, and costs no time', () => {
    const hostile = `Browser login: ${'a - '.repeat(250_000)}\u001b[2J\u202e192.0.2.1(`;
    const { message } = logRecord({ MessageId: '35.1017', Message: hostile }, NONE);
    expect([message.length <= 400, message.includes('\u001b')]).toEqual([true, false]);
  });
});

test('a log is numbered without a gap when its entries are, whatever it is called and whoever made it', () => {
  const hpe: Json = { Oem: { Hpe: { EventNumber: 5 } } };
  expect(numberingOf([{ Id: '1' }, hpe], unknownLog('audit').numbering)).toMatchObject({
    rule: 'contiguous',
    path: ['Oem', 'Hpe', 'EventNumber'],
  });
  expect(numberingOf([{ Id: '1' }], unknownLog('audit').numbering).rule).toBe('none');
});

test.each([
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['[FE80::1%eth0]', 'fe80::1'],
  ['FE80::1%eth0', 'fe80::1'],
  ['0.0.0.0', null],
  ['::', null],
  ['localhost', null],
  ['', null],
])('an address is written in one way: %s', (text, address) => {
  expect(plainAddress(text)).toBe(address);
});
