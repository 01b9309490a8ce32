import { DELL_CERTIFICATES } from './certificates.js';
import { GENERIC } from './generic.js';
import type { LogMessage } from './log-message.js';
import type { Vendor } from './vendor.js';

const CAPTURE = 'NVIDIA/libredfish tests/mockups/dell (R750, iDRAC9 6.00.30.00)';
const REGISTRY = `${CAPTURE}, EEMI registry 2.7.0`;
const ATTRIBUTES = '/redfish/v1/Managers/*/Oem/Dell/DellAttributes/*';
const SCRIPTS = 'dell/iDRAC-Redfish-Scripting';

/** iDRAC 8 and 9. */
export const DELL: Vendor = {
  name: 'dell',
  title: 'Dell iDRAC',
  signs: {
    vendors: ['dell', 'dell inc.'],
    oem: ['dell'],
    products: ['integrated dell remote access controller'],
    source: `${CAPTURE}, service root`,
  },
  connections: 1,
  connectionsSource: GENERIC.connectionsSource,
  sessions: {
    limit: 8,
    full: { statuses: [503], messageIds: ['RAC0218'] },
    lockedOut: ['USR0034', 'USR8500'],
    ends: 'the idle timeout, or draining the power; Retry-After says nothing useful',
    timeoutUnit: 'seconds',
    addressPaths: [['ClientOriginIPAddress']],
    source: `${CAPTURE}, attribute WebServer.1.MaxNumberOfSessions; bb-Ricardo/check_redfish#89; stmcginnis/gofish#75; badfish#447`,
  },
  accounts: {
    model: 'slots',
    names: [],
    slots: { first: 2, empties: [{ Enabled: false, RoleId: 'None' }, { UserName: '' }] },
    traps:
      'sixteen slots, the first unusable; no DELETE: disable with RoleId None, then empty UserName in a second PATCH; key material of the slot stays in its attributes; iDRAC 10 takes POST and DELETE',
    source: `${SCRIPTS} CreateDeleteIdracUsersREDFISH; ${CAPTURE}`,
  },
  passwords: {
    min: null,
    max: 40,
    ipmi: 20,
    classes: 4,
    repeats: null,
    rules: [
      { uri: ATTRIBUTES, property: 'Attributes/Security.1.PasswordMinimumLength', asks: 'min' },
      { uri: ATTRIBUTES, property: 'Attributes/Security.1.PasswordRequireUpperCase', asks: 'upper' },
      { uri: ATTRIBUTES, property: 'Attributes/Security.1.PasswordRequireNumbers', asks: 'digit' },
      { uri: ATTRIBUTES, property: 'Attributes/Security.1.PasswordRequireSymbols', asks: 'symbol' },
    ],
    refusals: ['SYS474', 'RAC0518', 'PropertyValueFormatError'],
    ends: 'unknown',
    lockout: {
      bears: 2,
      traps:
        'IPBlocking.1 blocks the address, not the account: three failures within FailWindow shut out whoever comes from there for PenaltyTime, whatever AccountLockoutThreshold says',
    },
    traps:
      'SWC1908 while the factory password is in use: only that password can be changed; PasswordRequireRegex can hold a rule that no other attribute names; locked down, the change is refused',
    source: `${CAPTURE}, AccountService and DellAttributes; ${REGISTRY}; ${SCRIPTS}#346`,
  },
  etags: { where: 'few', weak: false, ifMatch: 'optional', traps: 'few resources carry one', source: CAPTURE },
  logs: [
    {
      name: 'lclog',
      role: 'audit',
      volatile: false,
      max: 500_000,
      numbering: { rule: 'monotonic', path: ['Id'], span: null },
      source: `${CAPTURE}, LogServices/Lclog: newest first, pages of 50, no ClearLog; $skip behind the end answers 500`,
    },
    {
      name: 'sel',
      role: 'events',
      volatile: false,
      max: 1024,
      numbering: { rule: 'restarts', path: ['Id'], span: null },
      source: `${CAPTURE}, LogServices/Sel`,
    },
    {
      name: 'faultlist',
      role: 'events',
      volatile: false,
      max: 500_000,
      numbering: { rule: 'none', path: [], span: null },
      source: `${CAPTURE}, LogServices/FaultList: faults that stand now, not a history`,
    },
  ],
  entry: { messageId: null, user: null, address: null, count: null, source: `${CAPTURE}, LogServices/Lclog/Entries` },
  messages: messages(),
  undated: GENERIC.undated,
  actors: { names: [], source: CAPTURE },
  dumps: [
    {
      name: 'lifecycle log',
      service: '/redfish/v1/Managers/*/Oem/Dell/DellLCService',
      action: 'DellLCService.ExportLCLog',
      body: { ShareType: 'Local' },
      overwrites: 'the lifecycle log that was exported last',
      host: 'none',
      traps: 'the answer’s Location leads to the file; the log itself stays as it is',
      source: `${SCRIPTS} ExportLCLogREDFISH; ${CAPTURE}, DellLCService`,
    },
    {
      name: 'SupportAssist collection (TSR) without data of the host',
      service: '/redfish/v1/Managers/*/Oem/Dell/DellLCService',
      action: 'DellLCService.SupportAssistCollection',
      body: { ShareType: 'Local', DataSelectorArrayIn: ['DebugLogs', 'HWData', 'TTYLogs'] },
      overwrites: 'the SupportAssist collection that was made last',
      host: 'none',
      traps:
        'a job, whose Location leads to sacollect.zip; its licence must have been accepted before; never register first, which opens the channel between host and BMC (OS-BMC.1.AdminState)',
      source: `${SCRIPTS} SupportAssistCollectionLocalREDFISH`,
    },
  ],
  documents: ['schemas'],
  polling: {
    taskMs: 10_000,
    resetMs: 600_000,
    traps: 'SYS518 with 400 or 500 means: not ready, ask again; at most 256 jobs are kept',
    source: `openstack/sushy exceptions; ${CAPTURE}, JobService`,
  },
  lockdown: {
    uri: '/redfish/v1/Managers/*/Oem/Dell/DellAttributes/*',
    property: 'Attributes/Lockdown.1.SystemLockdown',
    locked: 'Enabled',
    unlocked: 'Disabled',
    traps:
      'acts at once and blocks the rest: set it last; no configuration setting can be changed then, and updates, job queue and BIOS changes answer BIOS031 or JCP041; power and resets go on; that sessions cannot be ended is said nowhere',
    source: `NVIDIA/libredfish src/dell.rs; ${CAPTURE}, DellAttributes; iDRAC9 3.21 and 7.x User's Guide, System Lockdown mode`,
  },
  freeze: {
    services: ['IPMI', 'SSH', 'Telnet', 'SNMP', 'KVMIP', 'VirtualMedia'],
    otherServices: 'HTTP only leads to HTTPS, and the switch of the web server (WebServer.1.Enable) would take Redfish along',
    doors: [
      {
        name: 'host network',
        uri: '/redfish/v1/Managers/*/Oem/Dell/DellAttributes/*',
        property: 'Attributes/OS-BMC.1.AdminState',
        closed: 'Disabled',
        source: `${CAPTURE}, DellAttributes`,
      },
    ],
    updates: false,
    repeats: [],
    accessList: {
      uris: [ATTRIBUTES],
      form: {
        is: 'ranges',
        ranges: ['', '2', '3', '4', '5'].map((n) => ({
          enable: `Attributes/IPBlocking.1.RangeEnable${n}`,
          address: `Attributes/IPBlocking.1.RangeAddr${n}`,
          mask: `Attributes/IPBlocking.1.RangeMask${n}`,
        })),
        on: 'Enabled',
        off: 'Disabled',
      },
      traps:
        'compared with the address of whoever logs in, by RangeMask & (address ^ RangeAddr) == 0; whether a session that is open ends with a change is not published; IPv4 alone; older firmware has one range',
      source: `${CAPTURE}, DellAttributes; iDRAC9 3.30.30.30 User's Guide, Configuring IP filtering using RACADM; ${REGISTRY}, SEC0706`,
    },
    source: `${CAPTURE}, NetworkProtocol, UpdateService and DellAttributes`,
  },
  certificates: DELL_CERTIFICATES,
  volatileKeys: {
    names: [...GENERIC.volatileKeys.names, 'LastUpdatedByUser', 'LastSystemInventoryTime', 'LastUpdateTime'],
    source: CAPTURE,
  },
  resets: [
    ...GENERIC.resets.filter(({ type }) => type !== 'PreserveNetwork'),
    {
      action: 'Manager.ResetToDefaults',
      type: 'ResetAllWithRootDefaults',
      keeps: [],
      traps: 'root gets its factory password',
      source: `${CAPTURE}, Managers/iDRAC.Embedded.1, values of the Oem action`,
    },
  ],
};

function messages(): readonly LogMessage[] {
  return [
    { event: 'login', ids: ['USR0030'], text: /logged in using (?<user>.{1,64}?), from (?<address>[^ ,]{2,45}) and/, source: REGISTRY },
    { event: 'logout', ids: ['USR0032'], text: /session for (?<user>.{1,64}?) from (?<address>[^ ,]{2,45}) using/, source: REGISTRY },
    {
      event: 'login-failed',
      ids: ['USR0031', 'USR0034'],
      text: /(?:log in|alert) for (?<user>.{1,64}?) from (?<address>[^ ,]{2,45}) using/,
      source: REGISTRY,
    },
    { event: 'login-failed', ids: ['USR8500', 'USR0024'], text: /from (?<address>[0-9A-Fa-f.:]{2,45}?)(?:[:;]| using)/, source: REGISTRY },
    {
      event: 'account-changed',
      ids: ['RAC1195'],
      text: /User (?<user>.{1,64}?) via IP (?<address>[^ ]{2,45}) requested .{0,40}change to (?<about>.{0,200}(?:[Uu]ser|[Aa]ccount).{0,200}) using/,
      source: REGISTRY,
    },
    {
      event: 'configuration',
      ids: ['RAC1195'],
      text: /User (?<user>.{1,64}?) via IP (?<address>[^ ]{2,45}) requested/,
      source: REGISTRY,
    },
    {
      event: 'account-changed',
      ids: ['ISM0041', 'ISM0042'],
      text: /user (?<user>.{1,64}?) (?:created|deleted) an (?<about>ismtech)/,
      source: REGISTRY,
    },
    { event: 'log-cleared', ids: ['SEL0004', 'CMC8562', 'LOG203'], text: null, source: REGISTRY },
    { event: 'media', ids: ['VME0008', 'OSD56'], text: null, source: REGISTRY },
    { event: 'console', ids: ['VME0001'], text: null, source: REGISTRY },
    { event: 'firmware', ids: ['RED063', 'SWU8557', 'SWU8558', 'SWU8559'], text: null, source: REGISTRY },
    { event: 'intrusion', ids: ['SEC0000', 'SEC0031', 'SEC0033'], text: null, source: REGISTRY },
    { event: 'posture', ids: ['SEC0612', 'SEC0700', 'SEC0706'], text: null, source: REGISTRY },
    { event: 'repeated', ids: ['LOG007'], text: /repeated (?<count>\d{1,6}) times/, source: `${REGISTRY}; ${CAPTURE}, Lclog entry 83433` },
  ];
}
