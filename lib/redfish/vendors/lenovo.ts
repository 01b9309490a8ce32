import { LENOVO_CERTIFICATES } from './certificates.js';
import { GENERIC } from './generic.js';
import type { LogMessage } from './log-message.js';
import type { LogFacts, Vendor } from './vendor.js';

const CAPTURE = 'NVIDIA/libredfish tests/mockups/lenovo (XCC 2.83)';
const SCRIPTS = 'lenovo/python-redfish-lenovo';
const MESSAGES = 'Lenovo XClarity Controller, events and messages (FQXSP…)';

/** XClarity Controller. */
export const LENOVO: Vendor = {
  name: 'lenovo',
  title: 'Lenovo XCC',
  signs: { vendors: ['lenovo'], oem: ['lenovo'], products: [], source: `${CAPTURE}, service root` },
  connections: 1,
  connectionsSource: GENERIC.connectionsSource,
  sessions: {
    limit: 16,
    full: { statuses: [503], messageIds: ['SessionLimitExceeded'] },
    lockedOut: [],
    ends: 'the idle timeout, five minutes',
    timeoutUnit: 'seconds',
    // AccountService.Oem.Lenovo.CurrentLoggedUsers says it instead.
    addressPaths: [],
    source: `bmc-toolbox/bmclib providers/redfish/lenovo.go; ${CAPTURE}, SessionService`,
  },
  accounts: {
    model: 'allow-header',
    names: [],
    slots: { first: 1, empties: [{ Enabled: false, UserName: '' }] },
    traps:
      'DELETE with If-Match: * where Allow names it, else an empty UserName with the tag; a PATCH that disables repeats UserName; XCC of nine or twelve slots may want a CustomRole of its own in a new account, which is not made here: such a one shows another role and is given up',
    source: `${SCRIPTS} delete_bmc_user.py, lenovo_create_bmc_user.py and lenovo_delete_bmc_user.py; ${CAPTURE}, AccountService`,
  },
  passwords: {
    min: 10,
    max: 32,
    ipmi: 20,
    classes: 3,
    repeats: 2,
    rules: [],
    refusals: ['PropertyValueFormatError', 'PropertyValueError'],
    ends: 'unknown',
    lockout: { bears: null, traps: 'five failures lock for an hour where nobody set it otherwise' },
    traps:
      'a letter and a digit, two of upper case, lower case and others, no character more than twice in a row; reuse cycle and least interval between changes may refuse a good one',
    source: `${CAPTURE}, AccountService; pubs.lenovo.com, User Security (password rules)`,
  },
  etags: {
    where: 'body',
    weak: false,
    ifMatch: 'needed',
    traps: '428 without If-Match, 412 with a stale tag',
    source: `ansible/ansible#56150 and #60031; ${CAPTURE}: 1119 tags`,
  },
  logs: [
    {
      name: 'auditlog',
      role: 'audit',
      volatile: false,
      max: 1024,
      numbering: {
        rule: 'contiguous',
        path: ['Oem', 'Lenovo', 'EventSequenceNumber'],
        span: [
          ['Oem', 'Lenovo', 'FirstSeqNum'],
          ['Oem', 'Lenovo', 'LastSeqNum'],
        ],
      },
      source: `${CAPTURE}, LogServices/AuditLog: FirstSeqNum 5864, LastSeqNum 6887, 1024 records`,
    },
    unnumbered('platformlog', 'events', null),
    { ...unnumbered('sel', 'events', 511), numbering: { rule: 'restarts', path: ['Id'], span: null } },
    unnumbered('maintenancelog', 'events', 750),
    unnumbered('diagnosticlog', 'none', 3),
  ],
  entry: {
    messageId: ['Oem', 'Lenovo', 'CommonEventID'],
    user: null,
    address: null,
    count: null,
    source: `${CAPTURE}, LogServices/AuditLog/Entries`,
  },
  messages: messages(),
  undated: GENERIC.undated,
  actors: { names: [], source: CAPTURE },
  dumps: [
    {
      name: 'service data (FFDC)',
      service: '/redfish/v1/Systems/*/LogServices/DiagnosticLog',
      action: 'LogService.CollectDiagnosticData',
      body: { DiagnosticDataType: 'Manager' },
      overwrites: 'the oldest of three kept files',
      host: 'none',
      traps: 'a GET of the finished task’s monitor deletes the task: look at the Task; older XCC can only push it to a TFTP or SFTP server',
      source: `${CAPTURE}, LogServices/DiagnosticLog; bmc-toolbox/bmclib providers/redfish/lenovo.go`,
    },
  ],
  documents: [],
  polling: {
    taskMs: 10_000,
    resetMs: 600_000,
    traps: 'a GET of a finished task’s monitor deletes the task',
    source: 'bmc-toolbox/bmclib providers/redfish/lenovo.go',
  },
  lockdown: null,
  freeze: {
    services: ['IPMI', 'SSH', 'SNMP', 'KVMIP', 'VirtualMedia', 'SSDP'],
    otherServices: 'HTTP only leads to HTTPS, and no switch for it alone is known',
    doors: [
      {
        name: 'KCS',
        uri: '/redfish/v1/Managers/*',
        property: 'Oem/Lenovo/KCSEnabled',
        closed: false,
        source: `NVIDIA/libredfish src/lenovo.rs; ${CAPTURE}, Managers/1`,
      },
    ],
    updates: true,
    repeats: ['UserName'],
    accessList: null,
    source: `lenovo/python-redfish-lenovo; ${CAPTURE}, Managers/1/NetworkProtocol`,
  },
  certificates: LENOVO_CERTIFICATES,
  volatileKeys: { names: [...GENERIC.volatileKeys.names, 'TotalPowerOnHours', 'NumberOfReboots', 'LastSeqNum'], source: CAPTURE },
  resets: GENERIC.resets.filter(({ type }) => type === 'ResetAll'),
};

function unnumbered(name: string, role: LogFacts['role'], max: number | null): LogFacts {
  return {
    name,
    role,
    volatile: false,
    max,
    numbering: { rule: 'none', path: [], span: null },
    source: `${CAPTURE}, Systems/1/LogServices; the SEL never overwrites, and a full one records nothing more`,
  };
}

function messages(): readonly LogMessage[] {
  return [
    {
      event: 'login',
      ids: ['FQXSPSE4001I'],
      text: /Login ID: (?<user>.{1,64}?) (?:using|from) .{0,64}at IP address (?<address>[0-9A-Fa-f.:]{2,45}?)(?:\.?$|\.? )/,
      source: MESSAGES,
    },
    {
      event: 'logout',
      ids: ['FQXSPSE4032I'],
      text: /Login ID: (?<user>.{1,64}?) (?:using|from) .{0,64}at IP address (?<address>[0-9A-Fa-f.:]{2,45}?)(?:\.?$|\.? )/,
      source: MESSAGES,
    },
    {
      event: 'login-failed',
      ids: ['FQXSPSE4002I', 'FQXSPSE4003I', 'FQXSPSE4004I', 'FQXSPSE4007I', 'FQXSPNM4057I'],
      text: /(?:Userid|Login ID): (?<user>.{1,64}?) (?:had|using|from) .{0,96}?(?:at IP address (?<address>[0-9A-Fa-f.:]{2,45}?))?(?:\.?$|\.? )/,
      source: MESSAGES,
    },
    {
      event: 'account-changed',
      ids: ['FQXSPSE4047I', 'FQXSPSE4048I', 'FQXSPSE4059I'],
      text: /[Uu]ser (?<about>.{1,64}?) (?:created|removed|deleted|password modified|modified).{0,32}by user (?<user>[^ ]{1,64})(?: from .{0,32}at IP address (?<address>[0-9A-Fa-f.:]{2,45}?)(?:\.?$|\.? ))?/,
      source: MESSAGES,
    },
    {
      event: 'account-changed',
      ids: [],
      text: /^User (?<about>[^ ]{1,64}) (?:created|removed|deleted) by user (?<user>[^ ]{1,64})(?: from .{0,32}at IP address (?<address>[0-9A-Fa-f.:]{2,45}?)(?:\.?$|\.? ))?/,
      source: MESSAGES,
    },
    { event: 'log-cleared', ids: ['FQXSPEM4000I'], text: /by user (?<user>[^ .]{1,64})/, source: MESSAGES },
    { event: 'media', ids: ['FQXSPCN4001I', 'FQXSPCN4003I'], text: null, source: MESSAGES },
    { event: 'firmware', ids: ['FQXSPUP4001I', 'FQXSPUP4002I'], text: /for user (?<user>[^ .]{1,64})/, source: MESSAGES },
    { event: 'posture', ids: ['FQXSPSE4037I', 'FQXSPSE4038I', 'FQXSPSE4050I'], text: null, source: MESSAGES },
  ];
}
