import { link } from '../json.js';
import type { Vendor } from '../vendor.js';
import type { Shelf } from './shelf.js';

/** Whom a drill logs in as on generated BMCs. */
export const RESPONDER = 'responder';

/** One who may log in to a generated BMC. */
export interface GeneratedAccount {
  readonly userName: string;
  readonly roleId: 'Administrator' | 'Operator' | 'ReadOnly';
  readonly usedBy: string;
}

/** Who may log in to a generated BMC; the first account is the maker's own. */
export function accountsOf(vendor: Vendor): GeneratedAccount[] {
  const factory = {
    dell: 'root',
    hpe: 'Administrator',
    lenovo: 'USERID',
    supermicro: 'ADMIN',
    openbmc: 'root',
    generic: 'ADMIN',
  }[vendor.name];
  return [
    { userName: factory, roleId: 'Administrator', usedBy: 'break-glass' },
    { userName: RESPONDER, roleId: 'Administrator', usedBy: 'incident response' },
    { userName: 'ops-oncall', roleId: 'Operator', usedBy: 'on-call operators' },
    { userName: 'metrics', roleId: 'ReadOnly', usedBy: 'metrics collector' },
  ];
}

/** Account service, roles, accounts, and an empty list of sessions. */
export function addAccess(shelf: Shelf, vendor: Vendor, sessionTimeout: number, accounts: readonly GeneratedAccount[]): void {
  const base = '/redfish/v1/AccountService';
  const roleIds = ['Administrator', 'Operator', 'ReadOnly', ...(vendor.accounts === 'slots' ? ['None'] : [])];
  const roles = roleIds.map((RoleId) =>
    shelf.add(`${base}/Roles/${RoleId}`, 'Role.v1_3_0', 'User Role', {
      RoleId,
      IsPredefined: true,
      AssignedPrivileges: privilegesOf(RoleId),
    }),
  );
  shelf.collection(`${base}/Roles`, 'Role', roles);
  const slots = vendor.slots?.count ?? accounts.length;
  const uris = Array.from({ length: slots }, (_, place) => {
    const account = accounts[place + 1 - (vendor.slots?.first ?? 1)];
    const id = vendor.name === 'openbmc' ? (account?.userName ?? '') : String(place + 1);
    return addAccount(shelf, vendor, `${base}/Accounts/${id}`, account);
  });
  shelf.collection(`${base}/Accounts`, 'ManagerAccount', uris);
  shelf.add(base, 'AccountService.v1_9_0', 'Account Service', {
    Accounts: link(`${base}/Accounts`),
    Roles: link(`${base}/Roles`),
    ServiceEnabled: true,
    MinPasswordLength: vendor.passwords.min,
    MaxPasswordLength: vendor.passwords.max,
    AccountLockoutThreshold: vendor.passwords.lockout.threshold,
    AccountLockoutDuration: vendor.passwords.lockout.duration,
    AccountLockoutCounterResetAfter: vendor.passwords.lockout.resetAfter,
    ...(vendor.name === 'hpe' ? { Oem: { Hpe: HPE_LOGINS } } : {}),
    // The one resource on which an iDRAC writes an entity tag.
    ...(vendor.name === 'dell' ? { '@odata.etag': '"118005423341"' } : {}),
  });
  shelf.collection('/redfish/v1/SessionService/Sessions', 'Session', []);
  shelf.add('/redfish/v1/SessionService', 'SessionService.v1_1_8', 'Session Service', {
    ServiceEnabled: true,
    SessionTimeout: sessionTimeout,
    Sessions: link('/redfish/v1/SessionService/Sessions'),
  });
}

/** The first refused login costs an iLO's client nothing, each later one ten seconds. */
const HPE_LOGINS = {
  '@odata.type': '#HpeiLOAccountService.v2_4_0.HpeiLOAccountService',
  AuthFailureDelayTimeSeconds: 10,
  AuthFailureLoggingThreshold: 3,
  AuthFailuresBeforeDelay: 1,
  EnforcePasswordComplexity: true,
  MinPasswordLength: 8,
};

function privilegesOf(role: string): string[] {
  if (role === 'Administrator') return ['Login', 'ConfigureManager', 'ConfigureUsers', 'ConfigureSelf', 'ConfigureComponents'];
  if (role === 'Operator') return ['Login', 'ConfigureSelf', 'ConfigureComponents'];
  return role === 'ReadOnly' ? ['Login', 'ConfigureSelf'] : [];
}

function addAccount(shelf: Shelf, vendor: Vendor, uri: string, account: GeneratedAccount | undefined): string {
  const RoleId = account?.roleId ?? 'None';
  const UserName = account?.userName ?? '';
  const hpe = {
    Keys: link(`${uri}/Keys`),
    Oem: { Hpe: { '@odata.type': '#HpeiLOAccount.v2_2_0.HpeiLOAccount', LoginName: UserName, ServiceAccount: false } },
  };
  if (vendor.name === 'hpe') shelf.collection(`${uri}/Keys`, 'Key', []);
  return shelf.add(uri, 'ManagerAccount.v1_8_0', 'User Account', {
    Description: 'User Account',
    UserName,
    Password: null,
    RoleId,
    Enabled: account !== undefined,
    Locked: false,
    PasswordChangeRequired: false,
    AccountTypes: vendor.name === 'hpe' ? ['WebUI'] : ['Redfish', 'IPMI', 'ManagerConsole', 'WebUI'],
    Links: { Role: link(`/redfish/v1/AccountService/Roles/${RoleId}`) },
    ...(vendor.name === 'hpe' ? hpe : {}),
  });
}

/** Event service with one legitimate subscription, and on a Supermicro sixteen rows, all but that one empty. */
export function addEvents(shelf: Shelf, vendor: Vendor, Destination: string): void {
  const base = '/redfish/v1/EventService';
  const one = shelf.add(`${base}/Subscriptions/1`, 'EventDestination.v1_8_0', 'EventSubscription 1', {
    Destination,
    Context: 'siem',
    Protocol: 'Redfish',
    EventFormatType: 'Event',
    SubscriptionType: 'RedfishEvent',
    Status: { Health: 'OK', State: 'Enabled' },
  });
  const empty = Array.from({ length: vendor.name === 'supermicro' ? 15 : 0 }, (_, n) =>
    shelf.add(`${base}/Subscriptions/${n + 2}`, 'EventDestination.v1_8_0', `EventSubscription ${n + 2}`, {
      Destination: 'http://0.0.0.0',
      Context: '',
      Protocol: 'Redfish',
      Status: { State: 'Disabled' },
    }),
  );
  shelf.collection(`${base}/Subscriptions`, 'EventDestination', [one, ...empty]);
  shelf.add(base, 'EventService.v1_7_0', 'Event Service', { ServiceEnabled: true, Subscriptions: link(`${base}/Subscriptions`) });
}
