import type { Allowance, Dependency } from '../../model/isolation.js';
import type { Json } from '../../model/json.js';
import type { AccessSetting } from './access/setting.js';

/** One place where a BMC says whom it needs outside, as data: it counts on every BMC that has it, whoever the BMC says made it. */
export interface DependencyFact {
  /** A BMC fences nobody itself. */
  readonly dependency: Exclude<Dependency, 'fencing'>;
  /** For people: what it asks for there, or sends. */
  readonly what: string;
  /** The resource that holds it; `*` stands for one segment. */
  readonly uri: string;
  /** The resource is a collection, and each member holds it. */
  readonly each: boolean;
  /** Names that lead to the server; `*` is every element of a list. */
  readonly path: readonly string[];
  /** Where it says whether it is in use, and how it says that it is; null: whoever is named is asked. */
  readonly when: { readonly path: readonly string[]; readonly is: readonly Json[]; readonly unsaid: boolean } | null;
  /** Where the port stands; each `*` is the element that the server's path took. */
  readonly port: readonly string[] | null;
  /** By what it is reached when no port is told; else by these protocols. */
  readonly via: readonly Service[];
  /** As what a review of access tells of it (access/access.ts); null where another part of that review does, or where nobody gets in or out by it. */
  readonly door: Pick<AccessSetting, 'kind' | 'name'> | null;
  readonly source: string;
}

export type Service = Pick<Allowance, 'protocol' | 'port'>;

const tcp = (...ports: readonly number[]): readonly Service[] => ports.map((port) => ({ protocol: 'tcp', port }));
const udp = (...ports: readonly number[]): readonly Service[] => ports.map((port) => ({ protocol: 'udp', port }));

const LDAP = tcp(389, 636, 3268, 3269);
const RADIUS = udp(1812, 1645);
const KERBEROS = [...tcp(88), ...udp(88)];
const SYSLOG = [...udp(514), ...tcp(514, 601, 6514)];
const DNS = [...udp(53), ...tcp(53)];
const NTP = udp(123);
const TRAP = udp(162);
const MAIL = tcp(25, 465, 587);
const KMIP = tcp(5696);
/** What a lease is renewed by. */
export const DHCP: Readonly<Record<4 | 6, readonly Service[]>> = { 4: udp(67), 6: udp(547) };

/** Resources that are read because they lead to others. In this order. */
export const DEPENDENCY_ROUTES: readonly string[] = [
  '/redfish/v1/AccountService',
  '/redfish/v1/EventService',
  '/redfish/v1/Managers/*/SecurityService',
  '/redfish/v1/Managers/*/SnmpService',
];

/** The interfaces of a BMC, which say how they got their addresses: ManagerNetworkProtocol leaves that out. */
export const INTERFACES = '/redfish/v1/Managers/*/EthernetInterfaces';

const ACCOUNTS = '/redfish/v1/AccountService';
const EVENTS = '/redfish/v1/EventService';
const NETWORK = '/redfish/v1/Managers/*/NetworkProtocol';
const DELL = '/redfish/v1/Managers/*/Oem/Dell/DellAttributes/iDRAC.Embedded.1';
const ESKM = '/redfish/v1/Managers/*/SecurityService/ESKM';
const LENOVO = '/redfish/v1/Managers/*/Oem/Lenovo';
const SUPERMICRO = '/redfish/v1/Managers/*/Oem/Supermicro';

const DMTF = 'DMTF schema bundle';
const IDRAC = 'NVIDIA/libredfish tests/mockups/dell (R750, iDRAC9 6.00.30.00), DellAttributes';
const ILO = 'HewlettPackard/ilo-redfish-emulator mockups/DL380a (Gen11, iLO 6 1.66), Managers/1';
const XCC =
  'NVIDIA/libredfish tests/mockups/lenovo (XCC 2.83); Lenovo OEM schemas LenovoAlertRecipient, LenovoSNMPProtocol and LenovoSMTPClient by their listed names; lenovo/python-redfish-lenovo; the paths were seen in no capture';
const SMC = 'stmcginnis/gofish oem/smc';

type Where = Partial<Pick<DependencyFact, 'each' | 'port' | 'when' | 'door'>>;

function fact(
  [dependency, what]: readonly [DependencyFact['dependency'], string],
  [uri, ...path]: readonly [string, ...string[]],
  via: readonly Service[],
  source: string,
  { each = false, port = null, when = null, door = null }: Where = {},
): DependencyFact {
  return { dependency, what, uri, path, via, source, each, port, when, door };
}

const KERBEROS_DOOR = { kind: 'directory', name: 'Kerberos server' } as const;
const RADIUS_DOOR = { kind: 'directory', name: 'RADIUS server' } as const;
const SYSLOG_DOOR = { kind: 'destination', name: 'syslog server' } as const;
const TRAP_DOOR = { kind: 'destination', name: 'SNMP trap target' } as const;
const MAIL_DOOR = { kind: 'destination', name: 'mail server for alerts' } as const;
const RECIPIENT_DOOR = { kind: 'destination', name: 'recipient of alerts' } as const;

/** In use unless it says otherwise. */
function switched(...path: readonly string[]): Where {
  return { when: { path, is: [true, 'Enabled'], unsaid: true } };
}

/** Of this kind, and says so. */
function only(path: string, ...is: readonly string[]): Where {
  return { when: { path: [path], is, unsaid: false } };
}

export const DEPENDENCY_FACTS: readonly DependencyFact[] = [
  ...(['LDAP', 'ActiveDirectory'] as const).map((name) =>
    fact(
      ['directory-login', name === 'LDAP' ? 'LDAP logins' : 'Active Directory logins'],
      [ACCOUNTS, name, 'ServiceAddresses', '*'],
      LDAP,
      `${DMTF}, AccountService`,
      switched(name, 'ServiceEnabled'),
    ),
  ),
  fact(['directory-login', 'TACACS+ logins'], [ACCOUNTS, 'TACACSplus', 'ServiceAddresses', '*'], tcp(49), `${DMTF}, AccountService 1.8`, {
    ...switched('TACACSplus', 'ServiceEnabled'),
  }),
  fact(
    ['directory-login', 'logins'],
    [`${ACCOUNTS}/ExternalAccountProviders`, 'ServiceAddresses', '*'],
    [...LDAP, ...tcp(49)],
    `${DMTF}, ExternalAccountProvider`,
    { ...switched('ServiceEnabled'), each: true },
  ),
  fact(
    ['directory-login', 'Kerberos logins'],
    [ACCOUNTS, 'Oem', 'Hpe', 'KerberosSettings', 'KerberosKDCServerAddress'],
    KERBEROS,
    `${ILO}: AccountService; HPE iLO RESTful API documentation`,
    { port: ['Oem', 'Hpe', 'KerberosSettings', 'KDCServerPort'], door: KERBEROS_DOOR },
  ),
  fact(['directory-login', 'RADIUS logins'], [`${SUPERMICRO}/RADIUS`, 'RadiusServer'], RADIUS, `${SMC} radius.go`, {
    ...switched('RadiusEnabled'),
    port: ['RadiusPortNumber'],
    door: RADIUS_DOOR,
  }),
  fact(['dns', 'names'], [INTERFACES, 'NameServers', '*'], DNS, `${DMTF}, EthernetInterface`, {
    ...switched('InterfaceEnabled'),
    each: true,
  }),
  ...(['NTPServers', 'NetworkSuppliedServers'] as const).map((list) =>
    fact(['ntp', 'the time'], [NETWORK, 'NTP', list, '*'], NTP, `${DMTF}, ManagerNetworkProtocol`, switched('NTP', 'ProtocolEnabled')),
  ),
  fact(['ntp', 'the time'], ['/redfish/v1/Managers/*/DateTime', 'NTPServers', '*'], NTP, `${ILO}/DateTime`),
  fact(['syslog', 'syslog'], [`${EVENTS}/Subscriptions`, 'Destination'], SYSLOG, `${DMTF}, EventDestination 1.9 Protocol`, {
    ...only('Protocol', 'SyslogUDP', 'SyslogTCP', 'SyslogTLS', 'SyslogRELP'),
    each: true,
  }),
  fact(['alerts', 'SNMP traps'], [`${EVENTS}/Subscriptions`, 'Destination'], TRAP, `${DMTF}, EventDestination 1.7 Protocol`, {
    ...only('Protocol', 'SNMPv1', 'SNMPv2c', 'SNMPv3'),
    each: true,
  }),
  fact(['alerts', 'mail'], [EVENTS, 'SMTP', 'ServerAddress'], MAIL, `${DMTF}, EventService 1.6; NVIDIA/libredfish tests/mockups/dell`, {
    ...switched('SMTP', 'ServiceEnabled'),
    port: ['SMTP', 'Port'],
    door: MAIL_DOOR,
  }),
  fact(['kms', 'keys'], ['/redfish/v1/Systems/*', 'KeyManagement', 'KMIPServers', '*', 'Address'], KMIP, `${DMTF}, ComputerSystem 1.16`, {
    port: ['KeyManagement', 'KMIPServers', '*', 'Port'],
  }),
  ...['Server1', 'Server2', 'Server3'].map((server) =>
    fact(['syslog', 'syslog'], [DELL, 'Attributes', `SysLog.1.${server}`], SYSLOG, IDRAC, {
      ...switched('Attributes', 'SysLog.1.SysLogEnable'),
      port: ['Attributes', 'SysLog.1.Port'],
    }),
  ),
  fact(['syslog', 'syslog over TLS'], [DELL, 'Attributes', 'SysLog.1.secureserver1'], SYSLOG, IDRAC, {
    ...switched('Attributes', 'SysLog.1.securesyslogenable'),
    port: ['Attributes', 'SysLog.1.secureport'],
  }),
  ...['1', '2', '3', '4', '5', '6', '7', '8'].map((n) =>
    fact(['alerts', 'SNMP traps'], [DELL, 'Attributes', `SNMPAlert.${n}.Destination`], TRAP, IDRAC, {
      ...switched('Attributes', `SNMPAlert.${n}.State`),
    }),
  ),
  // What an iDRAC calls these is told of by wider names as well (access/dell.ts), since their number differs from firmware to firmware.
  ...[...['1', '2', '3', '4'].map((n) => `4.${n}.DestIPv4Addr`), ...['1', '2', '3'].map((n) => `6.${n}.DestIPv6Addr`)].map((name) =>
    fact(['alerts', 'SNMP traps'], [DELL, 'Attributes', `SNMPTrapIPv${name}`], TRAP, IDRAC, {
      ...switched('Attributes', `SNMPTrapIPv${name.replace(/Dest.*$/, 'State')}`),
    }),
  ),
  fact(['alerts', 'mail'], [DELL, 'Attributes', 'RemoteHosts.1.SMTPServerIPAddress'], MAIL, IDRAC, {
    port: ['Attributes', 'RemoteHosts.1.SMTPPort'],
  }),
  fact(['syslog', 'syslog'], [NETWORK, 'Oem', 'Hpe', 'RemoteSyslogServer'], SYSLOG, `${ILO}/NetworkProtocol`, {
    ...switched('Oem', 'Hpe', 'RemoteSyslogEnabled'),
    port: ['Oem', 'Hpe', 'RemoteSyslogPort'],
    door: SYSLOG_DOOR,
  }),
  fact(['alerts', 'mail'], [NETWORK, 'Oem', 'Hpe', 'AlertMailSMTPServer'], MAIL, `${ILO}/NetworkProtocol`, {
    ...switched('Oem', 'Hpe', 'AlertMailEnabled'),
    port: ['Oem', 'Hpe', 'AlertMailSMTPPort'],
    door: MAIL_DOOR,
  }),
  fact(['alerts', 'SNMP traps'], ['/redfish/v1/Managers/*/SnmpService', 'AlertDestinations', '*'], TRAP, `${ILO}/SnmpService`, {
    door: TRAP_DOOR,
  }),
  fact(
    ['alerts', 'SNMP traps'],
    ['/redfish/v1/Managers/*/SnmpService/SNMPAlertDestinations', 'AlertDestination'],
    TRAP,
    `${ILO}/SnmpService`,
    { each: true, door: TRAP_DOOR },
  ),
  ...['PrimaryKeyServer', 'SecondaryKeyServer'].map((server) =>
    fact(['kms', 'keys'], [ESKM, `${server}Address`], [...KMIP, ...tcp(9000)], `${ILO}/SecurityService/ESKM`, { port: [`${server}Port`] }),
  ),
  // No capture shows which of the two it is.
  ...[[], ['RecipientSettings']].map((within) =>
    fact(['syslog', 'syslog'], [`${LENOVO}/Recipients`, ...within, 'Address'], SYSLOG, XCC, {
      when: { path: [...within, 'AlertType'], is: ['Syslog'], unsaid: false },
      each: true,
      door: RECIPIENT_DOOR,
    }),
  ),
  fact(['alerts', 'SNMP traps'], [NETWORK, 'Oem', 'Lenovo', 'SNMP', 'SNMPTraps', 'Targets', '*', 'Addresses', '*'], TRAP, XCC, {
    ...switched('Oem', 'Lenovo', 'SNMP', 'SNMPTraps', 'ProtocolEnabled'),
    port: ['Oem', 'Lenovo', 'SNMP', 'SNMPTraps', 'Port'],
    door: TRAP_DOOR,
  }),
  fact(['alerts', 'mail'], [NETWORK, 'Oem', 'Lenovo', 'SMTPClient', 'AccessInfo'], MAIL, XCC, { door: MAIL_DOOR }),
  fact(['kms', 'keys'], [`${LENOVO}/SecureKeyLifecycleService`, 'KeyRepoServers', '*', 'HostName'], KMIP, XCC, {
    port: ['KeyRepoServers', '*', 'Port'],
  }),
  ...[[], ['*', 'ServerIP']].map((within) =>
    fact(['syslog', 'syslog'], [`${SUPERMICRO}/Syslog`, 'SyslogServer', ...within], SYSLOG, `${SMC} syslog.go and its test`, {
      ...switched('EnableSyslog'),
      port: ['SyslogPortNumber'],
      door: SYSLOG_DOOR,
    }),
  ),
  fact(['alerts', 'mail'], [`${SUPERMICRO}/SMTP`, 'SmtpServer'], MAIL, `${SMC} smtp.go; the name was seen in no capture`, {
    port: ['SmtpPortNumber'],
    door: MAIL_DOOR,
  }),
  fact(
    ['syslog', 'syslog'],
    [NETWORK, 'Oem', 'Nvidia', 'Rsyslog', 'Address'],
    SYSLOG,
    'NVIDIA/libredfish tests/mockups/nvidia_gb200 (GB200 NVL, 24.12-8), Managers/BMC_0/NetworkProtocol',
    { ...switched('Oem', 'Nvidia', 'Rsyslog', 'State'), port: ['Oem', 'Nvidia', 'Rsyslog', 'Port'], door: SYSLOG_DOOR },
  ),
];
