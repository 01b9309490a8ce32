import type { Vendor } from './vendor.js';

/** What this maker writes of an event. */
export function messageOf(vendor: Vendor, event: AuditEvent): Message {
  const by = `${event.userName} from ${event.address}`;
  const about = event.about ?? '';
  const spoken = vendor.name === 'lenovo' ? lenovoWords(event) : null;
  const message =
    spoken ??
    {
      login: `Successfully logged in: ${by}.`,
      logout: `Logged out: ${by}.`,
      'login-failed': `Login refused: ${by}.`,
      // An iDRAC tells every change in one way.
      'account-changed':
        vendor.name === 'dell'
          ? `User ${event.userName} via IP ${event.address} requested state / configuration change to Users ${about} using REDFISH.`
          : `Account ${about} changed by ${by}.`,
      'session-ended': `Session ${about} ended by ${by}.`,
      'subscription-changed': `Event subscription ${about} changed by ${by}.`,
      'key-changed': `SSH key ${about} changed by ${by}.`,
      'configuration-changed':
        vendor.name === 'dell'
          ? `User ${event.userName} via IP ${event.address} requested state / configuration change to ${about} using REDFISH.`
          : `Configuration ${about} changed by ${by}.`,
      'log-cleared': `Log cleared by ${by}.`,
    }[event.what];
  const severity = event.what === 'login' || event.what === 'logout' ? 'OK' : 'Warning';
  const messageId = event.what === 'log-cleared' ? vendor.clear.messageId : IDS[vendor.name][event.what];
  return { messageId, message, args: [event.userName, event.address], severity };
}

/** XCC spells out who, how and from where. */
function lenovoWords({ what, userName, address, about = '' }: AuditEvent): string | null {
  const how = `from REDFISH at IP address ${address}.`;
  if (what === 'login') return `Login Successful. Login ID: ${userName} ${how}`;
  if (what === 'logout' || what === 'session-ended') return `Login ID: ${userName} ${how}`;
  return what === 'account-changed' ? `User ${about} modified by user ${userName} ${how}` : null;
}

/** What a BMC writes into its audit log about those who log in. */
export interface AuditEvent {
  readonly what:
    | 'login'
    | 'logout'
    | 'login-failed'
    | 'account-changed'
    | 'session-ended'
    | 'subscription-changed'
    | 'key-changed'
    | 'configuration-changed'
    | 'log-cleared';
  readonly userName: string;
  readonly address: string;
  /** The account, session or destination that was changed. */
  readonly about?: string;
}

/** What an entry says, in the words of its maker. */
export interface Message {
  readonly messageId: string;
  readonly message: string;
  readonly args: readonly string[];
  readonly severity: string;
}

type Told = Exclude<AuditEvent['what'], 'log-cleared'>;

const IDS: Readonly<Record<Vendor['name'], Readonly<Record<Told, string>>>> = {
  dell: {
    login: 'IDRAC.2.7.USR0030',
    logout: 'IDRAC.2.7.USR0032',
    'login-failed': 'IDRAC.2.7.USR0031',
    'account-changed': 'IDRAC.2.7.RAC1195',
    'session-ended': 'IDRAC.2.7.USR0032',
    'subscription-changed': 'IDRAC.2.7.RAC1195',
    'key-changed': 'IDRAC.2.7.RAC1195',
    'configuration-changed': 'IDRAC.2.7.RAC1195',
  },
  hpe: {
    login: '35.1017',
    logout: '35.1018',
    'login-failed': '35.1008',
    'account-changed': '55.22',
    'session-ended': '35.1018',
    // No capture shows what an iLO writes for these.
    'subscription-changed': '55.0',
    'key-changed': '55.0',
    'configuration-changed': '55.0',
  },
  lenovo: {
    login: 'FQXSPSE4001I',
    logout: 'FQXSPSE4032I',
    'login-failed': 'FQXSPSE4002I',
    'account-changed': 'FQXSPSE4047I',
    'session-ended': 'FQXSPSE4032I',
    'subscription-changed': 'FQXSPSE4037I',
    'key-changed': 'FQXSPSE4047I',
    'configuration-changed': 'FQXSPSE4037I',
  },
  supermicro: {
    ...ids('SMC.1.0.MEL-0012'),
    'login-failed': 'SMC.1.0.MEL-0005',
    'account-changed': 'SMC.1.0.MEL-0000',
  },
  openbmc: ids('OpenBMC.0.1.Audit'),
  generic: ids('Platform.1.0.Audit'),
};

function ids(id: string): Readonly<Record<Told, string>> {
  return {
    login: id,
    logout: id,
    'login-failed': id,
    'account-changed': id,
    'session-ended': id,
    'subscription-changed': id,
    'key-changed': id,
    'configuration-changed': id,
  };
}
