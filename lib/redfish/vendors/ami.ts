import { STANDARD_CERTIFICATES } from './certificates.js';
import { GENERIC } from './generic.js';
import type { LogMessage } from './log-message.js';
import type { LogFacts, Vendor } from './vendor.js';

const CAPTURE = 'NVIDIA/libredfish tests/mockups/viking (AMI MegaRAC, DGX H100)';

/** MegaRAC, as DGX H100 has it. */
export const AMI: Vendor = {
  name: 'ami',
  title: 'AMI MegaRAC',
  signs: { vendors: ['ami', 'american megatrends'], oem: ['ami'], products: ['ami redfish server'], source: `${CAPTURE}, service root` },
  connections: 1,
  connectionsSource: GENERIC.connectionsSource,
  sessions: {
    limit: null,
    full: { statuses: [503], messageIds: ['SessionLimitExceeded'] },
    lockedOut: [],
    ends: 'the idle timeout, thirty seconds as it says',
    timeoutUnit: 'seconds',
    addressPaths: [['ClientOriginIPAddress']],
    source: `${CAPTURE}, SessionService`,
  },
  accounts: {
    model: 'create-delete',
    names: [],
    slots: GENERIC.accounts.slots,
    traps: 'account 2 is the internal account of the host interface, with a name made at random',
    source: `${CAPTURE}, AccountService`,
  },
  passwords: {
    ...GENERIC.passwords,
    min: 13,
    max: 20,
    ipmi: 20,
    source: `${CAPTURE}, AccountService; IPMI 2.0 22.30`,
  },
  etags: {
    where: 'body',
    weak: false,
    ifMatch: 'needed',
    traps:
      'PreconditionHeaderMissing without If-Match; one tag serves many resources, so it says nothing of a change; libredfish sends If-Match: *',
    source: `${CAPTURE}, 3048 tags; NVIDIA/libredfish src/ami.rs`,
  },
  logs: [
    log('auditlog', 'audit'),
    log('eventlog', 'audit'),
    log('sel', 'events'),
    log('decodedlog', 'events'),
    { ...log('diagnosticlog', 'none'), numbering: { rule: 'none', path: [], span: null } },
  ],
  entry: { messageId: null, user: null, address: null, count: null, source: `${CAPTURE}, Managers/BMC/LogServices/AuditLog` },
  messages: messages(),
  undated: GENERIC.undated,
  actors: { names: ['hostautofw', 'system'], source: CAPTURE },
  dumps: GENERIC.dumps,
  documents: [],
  polling: GENERIC.polling,
  lockdown: null,
  freeze: GENERIC.freeze,
  certificates: STANDARD_CERTIFICATES,
  volatileKeys: { names: GENERIC.volatileKeys.names, source: CAPTURE },
  resets: GENERIC.resets,
};

function log(name: string, role: LogFacts['role']): LogFacts {
  return {
    name,
    role,
    volatile: false,
    max: null,
    numbering: { rule: 'restarts', path: ['Id'], span: null },
    source: `${CAPTURE}, Managers/BMC/LogServices`,
  };
}

/** Rows like `User: X, IP: Y, Protocol: https - resource …`. */
function messages(): readonly LogMessage[] {
  const source = `${CAPTURE}, Managers/BMC/LogServices/AuditLog/Entries`;
  return [
    {
      event: 'account-changed',
      ids: [],
      text: /User: (?<user>[^,]{1,64}), IP: (?<address>[0-9A-Fa-f.:]{2,45}), .{0,200}(?<about>\/AccountService\/Accounts[^ ]{0,80})/,
      source,
    },
    { event: 'configuration', ids: [], text: /User: (?<user>[^,]{1,64}), IP: (?<address>[0-9A-Fa-f.:]{2,45}), Protocol:/, source },
  ];
}
