import type { Allowed } from '../../lib/model/site.js';
import { link, type JsonObject } from '../json.js';
import { Log } from '../log.js';
import { uuidOf, type Random } from '../random.js';
import type { Vendor } from '../vendor.js';
import type { Shelf } from './shelf.js';

/** Names and numbers that differ from maker to maker. */
export interface Layout {
  readonly vendor: Vendor;
  readonly product: string;
  readonly manufacturer: string;
  readonly system: string;
  readonly chassis: string;
  readonly manager: string;
  readonly firmware: string;
  readonly sessionTimeout: number;
  readonly root: JsonObject;
  readonly managerFields: JsonObject;
  readonly systemFields: JsonObject;
  readonly chassisFields: JsonObject;
  /** The first is the audit log. */
  readonly logs: readonly LogLayout[];
  readonly firmwareInventory: number;
}

export interface LogLayout {
  readonly under: 'manager' | 'system';
  readonly id: string;
  readonly entries: number;
  readonly first: number;
  readonly most: number;
}

export interface GeneratedAccount {
  readonly userName: string;
  readonly roleId: 'Administrator' | 'Operator' | 'ReadOnly';
  readonly usedBy: string;
}

/** A generated BMC before anything happens to it. */
export interface Profile {
  readonly vendor: Vendor;
  readonly shelf: Shelf;
  readonly logs: readonly Log[];
  readonly responder: string;
  /** What is legitimate here; the sessions among it are open. */
  readonly allow: Allowed;
}

export const RESPONDER = 'responder';

/** The services, accounts, logs and containers that every profile has. */
export function skeleton(shelf: Shelf, layout: Layout, random: Random): Profile {
  const uuid = uuidOf(random);
  const accounts = accountsOf(layout.vendor);
  addRoot(shelf, layout, uuid);
  addAccess(shelf, layout, accounts);
  const destination = `https://siem.example.net/redfish/${random.hex(4)}`;
  addEvents(shelf, destination);
  const logs = layout.logs.map((log) => addLog(shelf, layout, log, random));
  addContainers(shelf, layout, uuid, random);
  const monitor = accounts.find((account) => account.roleId === 'ReadOnly')?.userName ?? RESPONDER;
  return {
    vendor: layout.vendor,
    shelf,
    logs,
    responder: RESPONDER,
    allow: {
      accounts,
      sessions: [
        { userName: monitor, address: `10.20.0.${10 + random.below(40)}` },
        // Sessions of ours that a killed worker left behind.
        { userName: RESPONDER, address: '127.0.0.1' },
      ],
      subscriptions: [destination],
      keys: [],
    },
  };
}

function accountsOf(vendor: Vendor): GeneratedAccount[] {
  const factory = { dell: 'root', hpe: 'Administrator', openbmc: 'root', generic: 'ADMIN' }[vendor.name];
  return [
    { userName: factory, roleId: 'Administrator', usedBy: 'break-glass' },
    { userName: RESPONDER, roleId: 'Administrator', usedBy: 'incident response' },
    { userName: 'ops-oncall', roleId: 'Operator', usedBy: 'on-call operators' },
    { userName: 'metrics', roleId: 'ReadOnly', usedBy: 'metrics collector' },
  ];
}

function addRoot(shelf: Shelf, layout: Layout, uuid: string): void {
  const services = ['Systems', 'Chassis', 'Managers', 'AccountService', 'SessionService', 'EventService', 'UpdateService'];
  const UUID = layout.vendor.name === 'dell' ? {} : { UUID: uuid };
  shelf.add('/redfish/v1', 'ServiceRoot.v1_10_0', 'Root Service', {
    Id: 'RootService',
    RedfishVersion: '1.13.1',
    Product: layout.product,
    ...UUID,
    ...Object.fromEntries(services.map((name) => [name, link(`/redfish/v1/${name}`)])),
    Links: { Sessions: link('/redfish/v1/SessionService/Sessions') },
    ...layout.root,
  });
  shelf.addPlain('/redfish/v1/odata', {
    '@odata.context': '/redfish/v1/$metadata',
    value: services.map((name) => ({ kind: 'Singleton', name, url: `/redfish/v1/${name}` })),
  });
}

function addAccess(shelf: Shelf, layout: Layout, accounts: readonly GeneratedAccount[]): void {
  const base = '/redfish/v1/AccountService';
  const roleIds = ['Administrator', 'Operator', 'ReadOnly', ...(layout.vendor.accounts === 'slots' ? ['None'] : [])];
  const roles = roleIds.map((RoleId) =>
    shelf.add(`${base}/Roles/${RoleId}`, 'Role.v1_3_0', 'User Role', {
      RoleId,
      IsPredefined: true,
      AssignedPrivileges: privilegesOf(RoleId),
    }),
  );
  shelf.collection(`${base}/Roles`, 'Role', roles);
  const slots = layout.vendor.accounts === 'slots' ? 16 : accounts.length;
  const uris = Array.from({ length: slots }, (_, place) => {
    // An iDRAC's slot 1 stays empty.
    const account = accounts[layout.vendor.accounts === 'slots' ? place - 1 : place];
    const id = layout.vendor.name === 'openbmc' ? (account?.userName ?? '') : String(place + 1);
    return addAccount(shelf, layout.vendor, `${base}/Accounts/${id}`, account);
  });
  shelf.collection(`${base}/Accounts`, 'ManagerAccount', uris);
  shelf.add(base, 'AccountService.v1_9_0', 'Account Service', {
    Accounts: link(`${base}/Accounts`),
    Roles: link(`${base}/Roles`),
    ServiceEnabled: true,
    MinPasswordLength: 8,
    MaxPasswordLength: layout.vendor.name === 'openbmc' ? 20 : 40,
    // The one resource on which an iDRAC writes an entity tag.
    ...(layout.vendor.name === 'dell' ? { '@odata.etag': '"118005423341"' } : {}),
  });
  shelf.collection('/redfish/v1/SessionService/Sessions', 'Session', []);
  shelf.add('/redfish/v1/SessionService', 'SessionService.v1_1_8', 'Session Service', {
    ServiceEnabled: true,
    SessionTimeout: layout.sessionTimeout,
    Sessions: link('/redfish/v1/SessionService/Sessions'),
  });
}

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

function addEvents(shelf: Shelf, Destination: string): void {
  const base = '/redfish/v1/EventService';
  const one = shelf.add(`${base}/Subscriptions/1`, 'EventDestination.v1_8_0', 'EventSubscription 1', {
    Destination,
    Context: 'siem',
    Protocol: 'Redfish',
    EventFormatType: 'Event',
    SubscriptionType: 'RedfishEvent',
    Status: { Health: 'OK', State: 'Enabled' },
  });
  shelf.collection(`${base}/Subscriptions`, 'EventDestination', [one]);
  shelf.add(base, 'EventService.v1_7_0', 'Event Service', { ServiceEnabled: true, Subscriptions: link(`${base}/Subscriptions`) });
}

function addLog(shelf: Shelf, layout: Layout, { under, id, entries, first, most }: LogLayout, random: Random): Log {
  const uri = `${under === 'manager' ? `/redfish/v1/Managers/${layout.manager}` : `/redfish/v1/Systems/${layout.system}`}/LogServices/${id}`;
  shelf.add(uri, 'LogService.v1_2_0', `${id} Log Service`, {
    Entries: link(`${uri}/Entries`),
    MaxNumberOfRecords: most,
    OverWritePolicy: 'WrapsWhenFull',
    ServiceEnabled: true,
    ...(id === 'Lclog' ? {} : { Actions: { '#LogService.ClearLog': { target: `${uri}/Actions/LogService.ClearLog` } } }),
  });
  const collection = { '@odata.id': `${uri}/Entries`, '@odata.type': '#LogEntryCollection.LogEntryCollection', Name: `${id} Entries` };
  const log = new Log({ vendor: layout.vendor, uri: `${uri}/Entries`, collection, first, most });
  const start = Date.UTC(2025, 0, 1 + random.below(300));
  for (let n = 0; n < entries; n += 1) {
    const message = random.pick([
      'Fan 3 speed is back to normal.',
      'Power supply 2 input restored.',
      'Memory training done.',
      'Boot completed.',
    ]);
    log.add(new Date(start + n * 3_600_000), {
      messageId: `${20 + random.below(9)}.${100 + random.below(900)}`,
      message,
      args: [],
      severity: 'OK',
    });
  }
  return log;
}

function addContainers(shelf: Shelf, layout: Layout, uuid: string, random: Random): void {
  const system = `/redfish/v1/Systems/${layout.system}`;
  const chassis = `/redfish/v1/Chassis/${layout.chassis}`;
  const manager = `/redfish/v1/Managers/${layout.manager}`;
  const serial = random.hex(10).toUpperCase();
  const logsUnder = (under: 'manager' | 'system'): string[] => layout.logs.filter((log) => log.under === under).map((log) => log.id);
  shelf.add(system, 'ComputerSystem.v1_16_0', 'System', {
    SystemType: 'Physical',
    Manufacturer: layout.manufacturer,
    Model: layout.product,
    SerialNumber: serial,
    UUID: uuidOf(random),
    PowerState: 'On',
    Status: { Health: 'OK', State: 'Enabled' },
    Links: { Chassis: [link(chassis)], ManagedBy: [link(manager)] },
    ...addLogServices(shelf, system, logsUnder('system')),
    ...layout.systemFields,
  });
  shelf.add(chassis, 'Chassis.v1_19_0', 'Chassis', {
    ChassisType: 'RackMount',
    SerialNumber: serial,
    Links: { ComputerSystems: [link(system)], ManagedBy: [link(manager)] },
    ...layout.chassisFields,
  });
  shelf.add(manager, 'Manager.v1_14_0', 'Manager', {
    ManagerType: 'BMC',
    UUID: uuid,
    ServiceEntryPointUUID: uuid,
    FirmwareVersion: layout.firmware,
    Links: { ManagerForServers: [link(system)], ManagerInChassis: link(chassis) },
    ...addLogServices(shelf, manager, logsUnder('manager')),
    ...layout.managerFields,
  });
  shelf.collection('/redfish/v1/Systems', 'ComputerSystem', [system]);
  shelf.collection('/redfish/v1/Chassis', 'Chassis', [chassis]);
  shelf.collection('/redfish/v1/Managers', 'Manager', [manager]);
  const inventory = '/redfish/v1/UpdateService/FirmwareInventory';
  const images = Array.from({ length: layout.firmwareInventory }, (_, n) =>
    shelf.add(`${inventory}/Installed-${n}`, 'SoftwareInventory.v1_5_0', `Firmware ${n}`, {
      Version: n === 0 ? layout.firmware : `${random.below(9)}.${random.below(99)}.${random.below(99)}`,
      Updateable: true,
      Status: { Health: 'OK', State: 'Enabled' },
    }),
  );
  shelf.collection(inventory, 'SoftwareInventory', images);
  shelf.add('/redfish/v1/UpdateService', 'UpdateService.v1_8_0', 'Update Service', {
    ServiceEnabled: true,
    FirmwareInventory: link(inventory),
  });
}

function addLogServices(shelf: Shelf, owner: string, ids: readonly string[]): JsonObject {
  if (ids.length === 0) return {};
  const members = ids.map((id) => `${owner}/LogServices/${id}`);
  return { LogServices: link(shelf.collection(`${owner}/LogServices`, 'LogService', members)) };
}
