import { OPENBMC_CERTIFICATES } from './certificates.js';
import { GENERIC } from './generic.js';
import type { LogMessage } from './log-message.js';
import type { LogFacts, Vendor } from './vendor.js';

const CAPTURE = 'NVIDIA/libredfish tests/mockups/nvidia_gb200 (GB200 NVL, 24.12-8)';
const REGISTRY = `${CAPTURE}, OpenBMC registry 0.4.0`;
const BMCWEB = 'openbmc/bmcweb';

/** bmcweb, and NVIDIA's builds of it. */
export const OPENBMC: Vendor = {
  name: 'openbmc',
  title: 'OpenBMC',
  signs: {
    vendors: ['nvidia', 'openbmc'],
    oem: ['openbmc', 'nvidia'],
    products: ['openbmc', 'gb200', 'gh200'],
    source: `${CAPTURE}, service root`,
  },
  connections: 4,
  connectionsSource: `${BMCWEB} http/http_connection.hpp: 200 connections at once, further ones are dropped in silence`,
  sessions: {
    limit: null,
    full: { statuses: [503], messageIds: ['SessionLimitExceeded'] },
    lockedOut: [],
    ends: 'the idle timeout; sessions outlive a restart of the BMC',
    timeoutUnit: 'seconds',
    addressPaths: [['ClientOriginIPAddress']],
    source: `${BMCWEB} include/persistent_data.hpp and redfish-core/lib/redfish_sessions.hpp`,
  },
  accounts: {
    model: 'create-delete',
    names: [],
    slots: GENERIC.accounts.slots,
    traps:
      'an account’s id is its user name; Locked can be set false only; a bad password is a 400; a new password ends the other sessions of its user; GB200 makes bootstrap accounts with 16 random characters',
    source: `${BMCWEB} redfish-core/lib/account_service.hpp and include/user_monitor.hpp; ${CAPTURE}, AccountService`,
  },
  passwords: {
    min: 8,
    max: 20,
    ipmi: 20,
    classes: 1,
    repeats: null,
    rules: [],
    refusals: ['PropertyValueFormatError'],
    ends: 'others',
    lockout: { bears: null, traps: 'faillock counts by user; five failures lock for five minutes on images that switch it on' },
    traps: 'one code for everything that PAM does not like: the reason is not told',
    source: `${BMCWEB} redfish-core/lib/account_service.hpp and include/user_monitor.hpp; ${CAPTURE}, AccountService; openbmc-test-automation, expired passwords`,
  },
  etags: {
    where: 'header',
    weak: false,
    ifMatch: 'ignored',
    traps: 'only If-None-Match is read: a tag guards nothing',
    source: `${BMCWEB} http/http_response.hpp`,
  },
  logs: [
    { ...log('journal', 'audit'), volatile: true, numbering: { rule: 'none', path: [], span: null } },
    log('eventlog', 'audit'),
    log('sel', 'events'),
    ...['dump', 'fdr', 'faultlog', 'debugtokenservice', 'postcodes'].map((name): LogFacts => ({
      ...log(name, 'none'),
      numbering: { rule: 'none', path: [], span: null },
    })),
  ],
  entry: { messageId: null, user: null, address: null, count: null, source: `${CAPTURE}, LogServices` },
  messages: messages(),
  undated: GENERIC.undated,
  actors: { names: [], source: CAPTURE },
  dumps: [
    {
      name: 'BMC dump',
      service: '/redfish/v1/Managers/*/LogServices/Dump',
      action: 'LogService.CollectDiagnosticData',
      body: { DiagnosticDataType: 'Manager' },
      overwrites: 'the oldest dump once the space for dumps is full',
      host: 'none',
      traps: 'a task; the dump is the attachment of the entry that appears; LogService.ClearLog beside it is never called',
      source: `${BMCWEB} redfish-core/lib/log_services.hpp; ${CAPTURE}, Managers/BMC_0/LogServices/Dump`,
    },
    {
      name: 'system dump',
      service: '/redfish/v1/Systems/*/LogServices/Dump',
      action: 'LogService.CollectDiagnosticData',
      body: { DiagnosticDataType: 'OEM', OEMDiagnosticDataType: 'System' },
      overwrites: 'the oldest dump once the space for dumps is full',
      host: 'host-at-risk',
      traps: 'may stop the host while its memory is read',
      source: `${BMCWEB} redfish-core/lib/log_services.hpp; ${CAPTURE}, Systems/System_0/LogServices/Dump`,
    },
  ],
  documents: [],
  polling: {
    taskMs: 30_000,
    resetMs: 600_000,
    traps: 'the monitor answers 204 once, then 404: look at the Task; a hundred tasks are kept, none over a restart',
    source: `${BMCWEB} redfish-core/lib/task.hpp`,
  },
  lockdown: null,
  freeze: {
    services: ['IPMI', 'SSH'],
    otherServices: 'bmcweb takes IPMI and SSH alone',
    doors: [],
    updates: false,
    repeats: [],
    accessList: null,
    source: `${BMCWEB} redfish-core/lib/network_protocol.hpp and update_service.hpp`,
  },
  certificates: OPENBMC_CERTIFICATES,
  volatileKeys: { names: [...GENERIC.volatileKeys.names, 'ServiceIdentification', 'BootProgress'], source: CAPTURE },
  resets: GENERIC.resets.filter(({ type }) => type === 'ResetAll'),
};

/** The numbers of the event log begin again at a clear; the capture keeps ten entries of each log, in the order of their ids as text. */
function log(name: string, role: LogFacts['role']): LogFacts {
  return {
    name,
    role,
    volatile: false,
    max: null,
    numbering: { rule: 'restarts', path: ['Id'], span: null },
    source: `${CAPTURE}, LogServices; ${BMCWEB} redfish-core/lib/log_services.hpp: the journal lives in memory and has no ClearLog`,
  };
}

function messages(): readonly LogMessage[] {
  return [
    { event: 'login-failed', ids: ['InvalidLoginAttempted'], text: /attempted on (?<address>[0-9A-Fa-f.:]{2,45}?)\.?$/, source: REGISTRY },
    {
      event: 'account-changed',
      ids: ['SecurityUserRootEnabled', 'SecurityUserNonRootUidZeroAssigned', 'SecurityUserUnsupportedShellEnabled'],
      text: null,
      source: REGISTRY,
    },
    { event: 'log-cleared', ids: ['EventLogCleared'], text: null, source: REGISTRY },
    {
      event: 'firmware',
      ids: [
        'FirmwareUpdateStarted',
        'FirmwareUpdateStaged',
        'FirmwareUpdateCompleted',
        'FirmwareUpdateFailed',
        'FirmwareActivationStarted',
      ],
      text: null,
      source: REGISTRY,
    },
    { event: 'intrusion', ids: ['ChassisIntrusionDetected'], text: null, source: REGISTRY },
    {
      event: 'posture',
      ids: ['GeneralFirmwareSecurityViolation', 'BMCFirmwareResiliencyError', 'BIOSFirmwareResiliencyError', 'FirmwareResiliencyError'],
      text: null,
      source: REGISTRY,
    },
  ];
}
