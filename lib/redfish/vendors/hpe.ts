import { HPE_CERTIFICATES } from './certificates.js';
import { GENERIC } from './generic.js';
import type { LogMessage } from './log-message.js';
import type { LogFacts, Vendor } from './vendor.js';

const CAPTURE = 'HewlettPackard/ilo-redfish-emulator mockups/DL380a (Gen11, iLO 6 1.66)';
const DOCS = 'HPE iLO RESTful API documentation';

/** iLO 5, 6 and 7. */
export const HPE: Vendor = {
  name: 'hpe',
  title: 'HPE iLO',
  signs: { vendors: ['hpe'], oem: ['hpe'], products: ['proliant ', 'synergy '], source: `${CAPTURE}, service root` },
  connections: 1,
  connectionsSource: GENERIC.connectionsSource,
  sessions: {
    limit: null,
    full: { statuses: [400, 503], messageIds: ['SessionLimitExceeded'] },
    lockedOut: ['LoginAttemptDelayed', 'LoginAttemptDelayedSeconds'],
    ends: 'UserExpires of the sessions, or a reset of the iLO; ten seconds of delay after a refused login',
    timeoutUnit: 'minutes',
    addressPaths: [['Oem', 'Hpe', 'UserIP']],
    source: `${DOCS}, concepts/redfishauthentication; ${CAPTURE}, SessionService and AccountService`,
  },
  accounts: {
    model: 'create-delete',
    names: [['Oem', 'Hpe', 'LoginName']],
    slots: GENERIC.accounts.slots,
    traps:
      'UserName is the login and Oem.Hpe.LoginName the name that is shown; ten privileges stand beside RoleId; iLO 7 keeps AppAccounts apart',
    source: `${CAPTURE}, AccountService; ${DOCS}, accounts; ilorest iloaccounts: LoginName is always given, RoleId from iLO 5 1.40`,
  },
  passwords: {
    min: 8,
    max: 39,
    ipmi: 20,
    classes: 3,
    repeats: null,
    rules: [
      { uri: '/redfish/v1/AccountService', property: 'Oem/Hpe/MinPasswordLength', asks: 'min' },
      { uri: '/redfish/v1/AccountService', property: 'Oem/Hpe/EnforcePasswordComplexity', asks: 'three-classes' },
    ],
    refusals: ['InvalidPasswordLength', 'InvalidPasswordComplexity'],
    ends: 'unknown',
    lockout: {
      bears: 1,
      traps:
        'no lock-out: after Oem.Hpe.AuthFailuresBeforeDelay failures each costs AuthFailureDelayTimeSeconds, told as LoginAttemptDelayedSeconds',
    },
    traps: 'MaxPasswordLength is not shown',
    source: `${CAPTURE}, AccountService and the iLO registry; HP iLO user guide, password guidelines (39 characters, 20 for IPMI)`,
  },
  etags: {
    where: 'body',
    weak: true,
    ifMatch: 'optional',
    traps: 'weak tags; 200 with ResetRequired means that the change is not in force before a reset',
    source: `${CAPTURE}: 1607 of 1648 weak; ${DOCS}, networkProtocols`,
  },
  logs: [
    log('event', 'events', true, 256),
    log('iel', 'audit', false, null),
    log('sl', 'audit', false, null),
    log('iml', 'events', false, null),
  ],
  entry: {
    messageId: null,
    user: null,
    address: null,
    count: ['Oem', 'Hpe', 'Count'],
    source: `${CAPTURE}, LogServices/IEL/Entries`,
  },
  messages: messages(),
  undated: GENERIC.undated,
  actors: {
    // Logins of the host's own tools over the host interface, and what they reset.
    names: ['system administrator', 'automatic power recovery', 'user diagnostics'],
    source: `${CAPTURE}, LogServices/IEL/Entries 3, 106 and 163`,
  },
  dumps: [
    {
      name: 'Active Health System log',
      service: '/redfish/v1/Managers/*/ActiveHealthSystem',
      action: null,
      body: '/Links/AHSLocation/extref',
      overwrites: null,
      host: 'none',
      traps:
        'the address is no Redfish URI and needs the session’s token; hundreds of megabytes with downloadAll=1, less with days=7; ActiveHealthSystem.ClearLog beside it is never called',
      source: `${CAPTURE}, Managers/1/ActiveHealthSystem; ${DOCS}, logServices`,
    },
  ],
  documents: ['schemastore', 'registrystore'],
  polling: {
    taskMs: 10_000,
    resetMs: 600_000,
    traps: 'GenerateCSR takes up to ten minutes; importing a certificate resets the iLO',
    source: `${DOCS}, securityService`,
  },
  lockdown: null,
  freeze: {
    services: ['IPMI', 'SSH', 'KVMIP', 'VirtualMedia', 'SSDP'],
    otherServices: 'the iLO takes it at its next reset only (ResetRequired), which would lose its event log',
    doors: [
      {
        name: 'KCS',
        uri: '/redfish/v1/Managers/*/NetworkProtocol',
        property: 'Oem/Hpe/KcsEnabled',
        closed: false,
        source: `${CAPTURE}, Managers/1/NetworkProtocol; NVIDIA/libredfish src/hpe.rs: iLO 6 1.40 and later`,
      },
    ],
    updates: true,
    repeats: [],
    accessList: null,
    source: `${DOCS}, networkProtocols; NVIDIA/libredfish src/hpe.rs; ${CAPTURE}, UpdateService`,
  },
  certificates: HPE_CERTIFICATES,
  volatileKeys: {
    names: [...GENERIC.volatileKeys.names, 'AHSFileEnd', 'CriticalTempRemainingCelsius', 'PostState', 'LastScanResult'],
    source: CAPTURE,
  },
  resets: [
    {
      action: 'HpeiLO.ResetToFactoryDefaults',
      type: 'Default',
      keeps: [],
      traps: 'accounts, keys and network are lost; the event log is lost with any reset of the iLO',
      source: `${CAPTURE}, Managers/1 Oem actions; ${DOCS}, logServices`,
    },
  ],
};

/** EventNumber has no gap in the four logs of this capture and in four more of the same source, and goes on after a clear. */
function log(name: string, role: LogFacts['role'], volatile: boolean, max: number | null): LogFacts {
  return {
    name,
    role,
    volatile,
    max,
    numbering: { rule: 'contiguous', path: ['Oem', 'Hpe', 'EventNumber'], span: null },
    source: `${CAPTURE}, LogServices/${name.toUpperCase()}; ${DOCS}, logServices`,
  };
}

function messages(): readonly LogMessage[] {
  const who = /: (?<user>.{1,64}?) - (?<address>[0-9A-Fa-f.:]{2,45})(?:\(|\.?$)/;
  const by = /by: (?<user>[^.]{1,64})/;
  const registry = `${CAPTURE}, LogServices entries; ${DOCS}, integrated management log and event log messages`;
  return [
    { event: 'login', ids: ['35.1017', '35.1021'], text: who, source: registry },
    { event: 'login', ids: ['35.1131'], text: /login: (?<user>.{1,64})$/, source: registry },
    { event: 'logout', ids: ['35.1018', '35.1022', '35.1132'], text: who, source: registry },
    { event: 'login-failed', ids: ['56.2', '35.1000', '35.1008', '35.1100', 'UnauthorizedLoginAttempts'], text: who, source: registry },
    {
      event: 'account-changed',
      ids: ['55.22', '55.609', 'AccountEnabled', 'AccountDisabled', 'LocalUserAccountReset'],
      text: by,
      source: `${registry}; iLOEvents registry`,
    },
    {
      event: 'log-cleared',
      ids: ['33.1', '33.4'],
      text: /(?:by: ?|user: ?)(?<user>[^).]{1,64})/,
      source: `${CAPTURE}, IML entry 1 and SL entry 1`,
    },
    { event: 'console', ids: ['35.1011', '35.1012', '35.1031'], text: who, source: registry },
    { event: 'media', ids: ['35.138', '35.139'], text: by, source: `${CAPTURE}, IEL entries 169 and 176` },
    { event: 'firmware', ids: ['32.2', '55.28', '55.37'], text: null, source: `${CAPTURE}, IML entries 23 and 24` },
    { event: 'intrusion', ids: ['10.1025'], text: null, source: `${CAPTURE}, IML entry 3` },
    { event: 'posture', ids: ['55.5', '55.2', '33.7', '55.1607', '10.12690', '55.19'], text: by, source: registry },
  ];
}
