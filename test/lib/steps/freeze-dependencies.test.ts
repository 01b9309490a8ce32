import { describe, expect, test } from 'vitest';
import { digest, id, time, type Json } from '../../../lib/model/json.js';
import type { Isolation } from '../../../lib/model/isolation-terms.js';
import { cutDependencies } from '../../../lib/steps/freeze/dependencies.js';
import { lookAround } from '../../../lib/steps/freeze/ground.js';
import type { Survey } from '../../../lib/steps/planning.js';
import { target } from '../../support/site-fixture.js';
import { ISOLATION } from '../isolation/support.js';

const ROOT = '/redfish/v1';
const MANAGER = `${ROOT}/Managers/1`;
const NETWORK = `${MANAGER}/NetworkProtocol`;
const INTERFACES = `${MANAGER}/EthernetInterfaces`;
const ACCOUNTS = `${ROOT}/AccountService`;
const EVENTS = `${ROOT}/EventService`;
const SUBSCRIPTIONS = `${EVENTS}/Subscriptions`;
const SNMP = `${MANAGER}/SnmpService`;
const SECURITY = `${MANAGER}/SecurityService`;
const DELL = `${MANAGER}/Oem/Dell/DellAttributes/iDRAC.Embedded.1`;
const SKLM = `${MANAGER}/Oem/Lenovo/SecureKeyLifecycleService`;
const RADIUS = `${MANAGER}/Oem/Supermicro/RADIUS`;
const RECIPIENTS = `${MANAGER}/Oem/Lenovo/Recipients`;

const link = (uri: string): Json => ({ '@odata.id': uri });
const list = (...uris: readonly string[]): Json => ({ Members: uris.map(link) });

type Resources = Readonly<Record<string, Json>>;

/** A BMC at 10.20.0.7 with these resources and nothing else; all that is read, in order. */
function bmcWith(resources: Resources): { readonly survey: Survey; readonly read: string[] } {
  const all: Resources = {
    [ROOT]: {
      Managers: link(`${ROOT}/Managers`),
      Systems: link(`${ROOT}/Systems`),
      AccountService: link(ACCOUNTS),
      EventService: link(EVENTS),
    },
    [`${ROOT}/Managers`]: list(MANAGER),
    [`${ROOT}/Systems`]: list(`${ROOT}/Systems/1`),
    [MANAGER]: { Links: [NETWORK, INTERFACES, SNMP, SECURITY, DELL, SKLM, RADIUS, RECIPIENTS, `${MANAGER}/DateTime`].map(link) },
    [SNMP]: { SNMPAlertDestinations: link(`${SNMP}/SNMPAlertDestinations`) },
    [SECURITY]: { ESKM: link(`${SECURITY}/ESKM`) },
    [EVENTS]: { Subscriptions: link(SUBSCRIPTIONS) },
    ...resources,
  };
  const at = time(0);
  const read: string[] = [];
  const get: Survey['reader']['get'] = (uri) => {
    read.push(uri);
    const json = all[uri] ?? null;
    const common = { uri, answeredBy: uri, headers: {}, etag: null, body: new Uint8Array(), unread: null, startedAt: at, endedAt: at };
    return Promise.resolve({ ...common, status: json === null ? 404 : 200, json, peer: PEER, capture: digest('2'.repeat(64)) });
  };
  const own = { userName: 'us', session: null, also: [] };
  return { survey: { target: { ...target('r1'), id: id('r1'), address: 'https://10.20.0.7' }, own, reader: { get } }, read };
}

const PEER = digest<'spki'>('1'.repeat(64));

async function told(resources: Resources, isolation: Isolation | null = ISOLATION): Promise<readonly string[]> {
  const { survey } = bmcWith(resources);
  const { findings, operations } = await cutDependencies({ ...survey, isolation }, await lookAround(survey));
  expect(operations).toEqual([]);
  return findings.map(({ code, uri, advice }) => `${code} ${uri} ${advice.split(', which')[0] ?? ''}`);
}

const says = (uri: string, what: string): string => `DEPENDENCY_CUT_OFF ${uri} this BMC ${what}`;

describe('what a BMC is set to use is told', () => {
  test.each<[string, Resources, string, string]>([
    [
      'LDAP',
      { [ACCOUNTS]: { LDAP: { ServiceEnabled: true, ServiceAddresses: ['', '10.1.2.3'] } } },
      ACCOUNTS,
      'asks "10.1.2.3" for LDAP logins',
    ],
    [
      'Active Directory by URL',
      { [ACCOUNTS]: { ActiveDirectory: { ServiceEnabled: true, ServiceAddresses: ['ldaps://dc1.example.net:3269/x'] } } },
      ACCOUNTS,
      'asks "dc1.example.net" for Active Directory logins',
    ],
    [
      'RADIUS',
      { [RADIUS]: { RadiusEnabled: true, RadiusServer: '10.1.2.3', RadiusPortNumber: 1812 } },
      RADIUS,
      'asks "10.1.2.3" for RADIUS logins',
    ],
    ['time', { [NETWORK]: { NTP: { ProtocolEnabled: true, NTPServers: ['2001:db8::5'] } } }, NETWORK, 'asks "2001:db8::5" for the time'],
    [
      'syslog by subscription',
      {
        [SUBSCRIPTIONS]: list(`${SUBSCRIPTIONS}/1`),
        [`${SUBSCRIPTIONS}/1`]: { Protocol: 'SyslogUDP', Destination: 'syslog://10.1.2.3:514' },
      },
      `${SUBSCRIPTIONS}/1`,
      'sends syslog to "10.1.2.3"',
    ],
    [
      'a trap, without its community',
      {
        [SUBSCRIPTIONS]: list(`${SUBSCRIPTIONS}/1`),
        [`${SUBSCRIPTIONS}/1`]: { Protocol: 'SNMPv2c', Destination: 'snmp://public@10.1.2.3:162' },
      },
      `${SUBSCRIPTIONS}/1`,
      'sends SNMP traps to "10.1.2.3"',
    ],
    ['mail', { [EVENTS]: { SMTP: { ServerAddress: '10.1.2.3', Port: 25 } } }, EVENTS, 'sends mail to "10.1.2.3"'],
    [
      'keys',
      { [`${ROOT}/Systems/1`]: { KeyManagement: { KMIPServers: [{ Address: '10.1.2.3', Port: 5696 }] } } },
      `${ROOT}/Systems/1`,
      'asks "10.1.2.3" for keys',
    ],
    [
      'an iDRAC’s syslog',
      { [DELL]: { Attributes: { 'SysLog.1.SysLogEnable': 'Enabled', 'SysLog.1.Server2': '10.1.2.3', 'SysLog.1.Server1': '' } } },
      DELL,
      'sends syslog to "10.1.2.3"',
    ],
    [
      'an iDRAC’s mail',
      { [DELL]: { Attributes: { 'RemoteHosts.1.SMTPServerIPAddress': '10.1.2.3', 'RemoteHosts.1.SMTPPort': 25 } } },
      DELL,
      'sends mail to "10.1.2.3"',
    ],
    [
      'an iDRAC’s trap of older firmware',
      { [DELL]: { Attributes: { 'SNMPTrapIPv4.2.DestIPv4Addr': '10.1.2.3', 'SNMPTrapIPv4.2.State': 'Enabled' } } },
      DELL,
      'sends SNMP traps to "10.1.2.3"',
    ],
    ...[{ Address: '10.1.2.3', AlertType: 'Syslog' }, { RecipientSettings: { Address: '10.1.2.3', AlertType: 'Syslog' } }].map(
      (recipient): [string, Resources, string, string] => [
        'an XCC’s recipient of syslog, wherever it has it',
        { [RECIPIENTS]: list(`${RECIPIENTS}/1`), [`${RECIPIENTS}/1`]: recipient },
        `${RECIPIENTS}/1`,
        'sends syslog to "10.1.2.3"',
      ],
    ),
    [
      'an iLO’s key server',
      { [`${SECURITY}/ESKM`]: { PrimaryKeyServerAddress: '10.1.2.3', SecondaryKeyServerAddress: null } },
      `${SECURITY}/ESKM`,
      'asks "10.1.2.3" for keys',
    ],
    ['an XCC’s key server', { [SKLM]: { KeyRepoServers: [{ HostName: '10.1.2.3', Port: 5696 }] } }, SKLM, 'asks "10.1.2.3" for keys'],
  ])('%s', async (_, resources, uri, what) => {
    expect(await told(resources)).toEqual([says(uri, what)]);
  });

  test('once, though makers show it in several places', async () => {
    const resources = {
      [NETWORK]: { NTP: { ProtocolEnabled: true, NTPServers: ['10.1.2.3', '10.1.2.3'] } },
      [`${MANAGER}/DateTime`]: { NTPServers: ['10.1.2.3'] },
    };
    expect(await told(resources)).toEqual([says(NETWORK, 'asks "10.1.2.3" for the time')]);
  });

  test('for each port that is cut off, though another of the same server is not', async () => {
    const resources = {
      [NETWORK]: { Oem: { Hpe: { RemoteSyslogEnabled: true, RemoteSyslogServer: '10.9.0.3', RemoteSyslogPort: 1514 } } },
    };
    const allowing = (port: number): Isolation => ({
      ...ISOLATION,
      allowances: [{ to: '10.9.0.3', protocol: 'udp', port, reason: 'syslog' }],
    });
    expect(await told(resources, allowing(514))).toEqual([says(NETWORK, 'sends syslog to "10.9.0.3"')]);
    expect(await told(resources, allowing(1514))).toEqual([]);
  });
});

describe('leases are told', () => {
  const DYNAMIC = { DHCPv4: { DHCPEnabled: true }, DHCPv6: { OperatingMode: 'Stateful' } };
  const LEASED = { IPv4Addresses: [{ Address: '10.20.0.7', AddressOrigin: 'DHCP' }] };
  test.each<[string, Json, readonly string[]]>([
    ['as configured', DYNAMIC, ['4', '6']],
    ['as an address says how it came', LEASED, ['4']],
    ['not for a placeholder', { IPv4Addresses: [{ Address: '0.0.0.0', AddressOrigin: 'DHCP' }] }, []],
    ['not where a static address is in use', { ...DYNAMIC, IPv4Addresses: [{ Address: '10.20.0.7', AddressOrigin: 'Static' }] }, ['6']],
    ['not of an interface that is off', { ...DYNAMIC, InterfaceEnabled: false }, []],
    ['not of one without a cable', { ...DYNAMIC, LinkStatus: 'LinkDown' }, []],
  ])('%s', async (_, json, families) => {
    const resources = { [INTERFACES]: list(`${INTERFACES}/1`), [`${INTERFACES}/1`]: json };
    const expected = families.map((family) => says(`${INTERFACES}/1`, `leases its IPv${family} address by DHCP`));
    expect(await told(resources)).toEqual(expected);
  });
});

describe('nothing is told', () => {
  const SET = { [NETWORK]: { NTP: { ProtocolEnabled: true, NTPServers: ['10.1.2.3'] } } };

  test('and nothing read where nothing is cut off', async () => {
    const { survey, read } = bmcWith(SET);
    const ground = await lookAround(survey);
    const before = read.length;
    expect(await cutDependencies(survey, ground)).toEqual({ findings: [], operations: [] });
    expect(read.length).toBe(before);
  });

  test('of what was accepted', async () => {
    expect(await told(SET, { ...ISOLATION, accepted: [{ dependency: 'ntp', reason: 'clocks drift' }] })).toEqual([]);
  });

  test.each<[string, Resources]>([
    ['of what is switched off', { [ACCOUNTS]: { LDAP: { ServiceEnabled: false, ServiceAddresses: ['10.1.2.3'] } } }],
    [
      'of placeholders and the BMC itself',
      { [NETWORK]: { NTP: { NTPServers: ['0.0.0.0', '::', '127.0.0.1', 'localhost', 'fe80::1%eth0', ''] } } },
    ],
    [
      'of event receivers, which are subscriptions of people',
      { [SUBSCRIPTIONS]: list(`${SUBSCRIPTIONS}/1`), [`${SUBSCRIPTIONS}/1`]: { Protocol: 'Redfish', Destination: 'https://10.1.2.3' } },
    ],
    ['of what is no text', { [NETWORK]: { NTP: { NTPServers: [7, null, { a: 1 }] } }, [ACCOUNTS]: { LDAP: 'x' } }],
  ])('%s', async (_, resources) => {
    expect(await told(resources)).toEqual([]);
  });
});

test('a BMC that names thousands of servers is told of in 33 lines, none of them long or hostile', async () => {
  const NTPServers = Array.from({ length: 5000 }, (_, n) => `x\u001b[2J\u202e${'y'.repeat(500)}${String(n)}`);
  const { survey } = bmcWith({ [NETWORK]: { NTP: { ProtocolEnabled: true, NTPServers } } });
  const { findings } = await cutDependencies({ ...survey, isolation: ISOLATION }, await lookAround(survey));
  expect(findings).toHaveLength(33);
  for (const { advice } of findings) expect(advice).toMatch(/^[^\p{Cc}\p{Cf}]{1,300}$/u);
});
