import { STANDARD_CERTIFICATES } from './certificates.js';
import { GENERIC } from './generic.js';
import type { LogMessage } from './log-message.js';
import type { Vendor } from './vendor.js';

const CAPTURE = 'NVIDIA/libredfish tests/mockups/supermicro (11.01)';

/** X11 to X13 and their ARM siblings. */
export const SUPERMICRO: Vendor = {
  name: 'supermicro',
  title: 'Supermicro BMC',
  signs: { vendors: ['supermicro', 'super micro computer, inc.'], oem: ['supermicro'], products: [], source: `${CAPTURE}, service root` },
  connections: 1,
  connectionsSource: GENERIC.connectionsSource,
  sessions: {
    limit: null,
    full: { statuses: [503], messageIds: ['SessionLimitExceeded'] },
    lockedOut: ['UserLocked'],
    ends: 'the idle timeout, five minutes',
    timeoutUnit: 'seconds',
    addressPaths: [],
    source: `${CAPTURE}, SessionService`,
  },
  accounts: {
    model: 'create-delete',
    names: [],
    slots: GENERIC.accounts.slots,
    traps: 'makes a “host FW user” by itself (MEL-0206), which is nobody’s attack',
    source: `${CAPTURE}, AccountService and LogServices/Log1`,
  },
  passwords: {
    min: 8,
    max: 20,
    ipmi: 20,
    classes: 4,
    repeats: null,
    rules: [],
    refusals: ['PropertyValueFormatError'],
    ends: 'unknown',
    lockout: { bears: null, traps: 'UserLocked (MEL-0005) in the maintenance log' },
    traps: 'locked down, the change is refused with 403',
    source: `${CAPTURE}, AccountService and LogServices/Log1`,
  },
  etags: { where: 'body', weak: false, ifMatch: 'optional', traps: '', source: `${CAPTURE}: 699 tags` },
  logs: [
    {
      name: 'log1',
      role: 'audit',
      volatile: true,
      max: null,
      numbering: { rule: 'restarts', path: ['Id'], span: null },
      source: `${CAPTURE}: Managers/1/LogServices/Log1 is the maintenance log of 512 records, and each login writes one; Systems/1/LogServices/Log1 is the health log of 4096`,
    },
  ],
  entry: {
    messageId: null,
    user: ['Oem', 'Supermicro', 'User'],
    address: ['Oem', 'Supermicro', 'Source'],
    count: null,
    source: `${CAPTURE}, Managers/1/LogServices/Log1/Entries`,
  },
  messages: messages(),
  undated: GENERIC.undated,
  actors: { names: ['bios', 'system', 'n/a'], source: `${CAPTURE}, LogServices/Log1/Entries/8` },
  dumps: [
    ...GENERIC.dumps,
    {
      name: 'host dump',
      service: '/redfish/v1/Oem/Supermicro/DumpService',
      action: 'SmcDumpService.CreateDump',
      body: { DumpType: 'Host Dump' },
      overwrites: 'the dump of the same type',
      host: 'host-at-risk',
      traps:
        'may disturb the host; its ActionInfo names the types that this BMC takes, which differ by model; SmcDumpService.DeleteAll beside it is never called',
      source: `${CAPTURE}, Oem/Supermicro/DumpService and its CreateDumpActionInfo`,
    },
  ],
  documents: [],
  polling: GENERIC.polling,
  lockdown: {
    uri: '/redfish/v1/Managers/*/Oem/Supermicro/SysLockdown',
    property: 'SysLockdownEnabled',
    locked: true,
    unlocked: false,
    traps: 'set it last; what it refuses is published nowhere; KCS privilege and host interfaces are separate doors',
    source: 'NVIDIA/libredfish src/supermicro.rs',
  },
  freeze: {
    services: ['IPMI', 'SSH', 'SNMP', 'KVMIP', 'VirtualMedia', 'SSDP', 'HTTP'],
    otherServices: 'this version knows no switch for it',
    doors: [
      {
        name: 'KCS',
        uri: '/redfish/v1/Managers/*/Oem/Supermicro/KCSInterface',
        property: 'Privilege',
        closed: 'Callback',
        source: 'NVIDIA/libredfish src/supermicro.rs',
      },
    ],
    updates: true,
    repeats: [],
    accessList: {
      uris: ['/redfish/v1/Managers/*/Oem/Supermicro/IPAccessControl', '/redfish/v1/Managers/*/IPAccessControl'],
      form: { is: 'rules', rules: 'FilterRules', switch: 'ServiceEnabled' },
      traps:
        'rules are matched in ascending order and the first that fits decides; what becomes of whom none fits is not shown, and may be Drop; a rule is added by POST {Address, PrefixLength, Policy}; whether connections that are open end with a change, and whether a rule takes IPv6, is not published',
      source:
        'stmcginnis/gofish oem/smc (IPAccessControl v1_0_1); schemas of the X10 and later; Supermicro Web-based Management Utility, IP Access Control',
    },
    source: `${CAPTURE}, Managers/1/NetworkProtocol and its Oem resources`,
  },
  certificates: STANDARD_CERTIFICATES,
  volatileKeys: { names: GENERIC.volatileKeys.names, source: CAPTURE },
  resets: [
    ...GENERIC.resets.filter(({ type }) => type !== 'ResetAll'),
    {
      action: 'SmcManagerConfig.Reset',
      type: 'ResetToADMIN',
      keeps: [],
      traps: 'ADMIN gets a known password: isolate first',
      source: `${CAPTURE}, Managers/1 Oem actions`,
    },
  ],
};

function messages(): readonly LogMessage[] {
  const source = `${CAPTURE}, Supermicro Event registry and LogServices/Log1/Entries`;
  return [
    { event: 'account-changed', ids: ['MEL-0000', 'MEL-0001', 'MEL-0003', 'MEL-0004'], text: null, source },
    { event: 'login-failed', ids: ['MEL-0005', 'UserLocked'], text: null, source },
    { event: 'log-cleared', ids: ['MEL-0061'], text: null, source },
    { event: 'media', ids: ['MEL-0049', 'MEL-0050', 'MEL-0258', 'MEL-0259', 'MEL-0260'], text: null, source },
    { event: 'firmware', ids: ['MEL-0104', 'MEL-0105'], text: null, source },
    { event: 'posture', ids: ['MEL-0058', 'MEL-0065', 'FactoryDefaultRestored', 'SslCertUpdated'], text: null, source },
  ];
}
