import type { Allowed } from '../../lib/model/site.js';
import { link, type JsonObject } from '../json.js';
import { Log } from '../log.js';
import { uuidOf, type Random } from '../random.js';
import type { Vendor } from '../vendor.js';
import { accountsOf, addAccess, addEvents, RESPONDER } from './access.js';
import { addUpdateQueue } from './pending.js';
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
  /** Ids of the images, the BMC's own first; a number makes as many `Installed-<n>`. */
  readonly firmwareInventory: number | readonly string[];
}

export interface LogLayout {
  readonly under: 'manager' | 'system';
  readonly id: string;
  readonly entries: number;
  readonly first: number;
  readonly most: number;
  /** `wraps` when absent. */
  readonly whenFull?: 'stops';
  /** Lost when the BMC resets. */
  readonly volatile?: boolean;
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

/** The services, accounts, logs and containers that every profile has. */
export function skeleton(shelf: Shelf, layout: Layout, random: Random): Profile {
  const uuid = uuidOf(random);
  const accounts = accountsOf(layout.vendor);
  addRoot(shelf, layout, uuid);
  addAccess(shelf, layout.vendor, layout.sessionTimeout, accounts);
  const destination = `https://siem.example.net/redfish/${random.hex(4)}`;
  addEvents(shelf, layout.vendor, destination);
  const monitor = {
    userName: accounts.find((account) => account.roleId === 'ReadOnly')?.userName ?? RESPONDER,
    address: `10.20.0.${10 + random.below(40)}`,
  };
  const logs = layout.logs.map((log) => addLog(shelf, layout, log, random));
  const [audit] = logs;
  if (audit !== undefined) addVisits(audit, monitor, random);
  addContainers(shelf, layout, uuid, random);
  return {
    vendor: layout.vendor,
    shelf,
    logs,
    responder: RESPONDER,
    allow: {
      accounts,
      sessions: [
        // A session that shows no address could be anybody's: there the collector reads in another way.
        ...(layout.vendor.showsAddresses ? [monitor] : []),
        // Sessions of ours that a killed worker left behind.
        { userName: RESPONDER, address: '127.0.0.1' },
      ],
      addresses: layout.vendor.showsAddresses ? [] : [monitor.address],
      subscriptions: [destination],
      keys: [],
    },
  };
}

function addRoot(shelf: Shelf, layout: Layout, uuid: string): void {
  const services = ['Systems', 'Chassis', 'Managers', 'AccountService', 'SessionService', 'EventService', 'UpdateService'];
  const certificates = ['generic', 'hpe'].includes(layout.vendor.name) ? [] : ['CertificateService'];
  const UUID = layout.vendor.name === 'dell' ? {} : { UUID: uuid };
  shelf.add('/redfish/v1', 'ServiceRoot.v1_10_0', 'Root Service', {
    Id: 'RootService',
    RedfishVersion: '1.13.1',
    Product: layout.product,
    ...UUID,
    ...Object.fromEntries([...services, ...certificates].map((name) => [name, link(`/redfish/v1/${name}`)])),
    Links: { Sessions: link('/redfish/v1/SessionService/Sessions') },
    ...layout.root,
  });
  shelf.addPlain('/redfish/v1/odata', {
    '@odata.context': '/redfish/v1/$metadata',
    value: services.map((name) => ({ kind: 'Singleton', name, url: `/redfish/v1/${name}` })),
  });
}

/** The collector of metrics came and went, every day, from where it always comes. */
function addVisits(audit: Log, monitor: { readonly userName: string; readonly address: string }, random: Random): void {
  const first = Date.UTC(2025, 10, 1, 3, random.below(60));
  for (let day = 0; day < 4; day += 1) {
    audit.recordAt(new Date(first + day * 86_400_000), { what: 'login', ...monitor });
    audit.recordAt(new Date(first + day * 86_400_000 + 40_000), { what: 'logout', ...monitor });
  }
}

function addLog(shelf: Shelf, layout: Layout, made: LogLayout, random: Random): Log {
  const { under, id, entries, first, most, whenFull = 'wraps', volatile = false } = made;
  const uri = `${under === 'manager' ? `/redfish/v1/Managers/${layout.manager}` : `/redfish/v1/Systems/${layout.system}`}/LogServices/${id}`;
  const actions = {
    ...(id === 'Lclog' ? {} : { '#LogService.ClearLog': { target: `${uri}/Actions/LogService.ClearLog` } }),
    ...(id === 'Dump' ? addCollecting(shelf, uri) : {}),
  };
  shelf.add(uri, 'LogService.v1_2_0', `${id} Log Service`, {
    Entries: link(`${uri}/Entries`),
    MaxNumberOfRecords: most,
    OverWritePolicy: whenFull === 'wraps' ? 'WrapsWhenFull' : 'NeverOverWrites',
    ServiceEnabled: true,
    ...(Object.keys(actions).length === 0 ? {} : { Actions: actions }),
  });
  const collection = { '@odata.id': `${uri}/Entries`, '@odata.type': '#LogEntryCollection.LogEntryCollection', Name: `${id} Entries` };
  const log = new Log({ vendor: layout.vendor, uri: `${uri}/Entries`, collection, first, most, whenFull, volatile });
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

/** As bmcweb: what the action takes stands in a resource of its own. */
function addCollecting(shelf: Shelf, service: string): JsonObject {
  const info = shelf.add(`${service}/CollectDiagnosticDataActionInfo`, 'ActionInfo.v1_2_0', 'CollectDiagnosticData Action Info', {
    Parameters: [{ Name: 'DiagnosticDataType', DataType: 'String', Required: true, AllowableValues: ['Manager'] }],
  });
  const target = `${service}/Actions/LogService.CollectDiagnosticData`;
  return { '#LogService.CollectDiagnosticData': { '@Redfish.ActionInfo': info, target } };
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
    Actions: { '#Manager.Reset': { target: `${manager}/Actions/Manager.Reset` } },
    FirmwareVersion: layout.firmware,
    Links: { ManagerForServers: [link(system)], ManagerInChassis: link(chassis) },
    ...addLogServices(shelf, manager, logsUnder('manager')),
    ...layout.managerFields,
  });
  shelf.collection('/redfish/v1/Systems', 'ComputerSystem', [system]);
  shelf.collection('/redfish/v1/Chassis', 'Chassis', [chassis]);
  shelf.collection('/redfish/v1/Managers', 'Manager', [manager]);
  const inventory = '/redfish/v1/UpdateService/FirmwareInventory';
  const { firmwareInventory: given } = layout;
  const names = typeof given === 'number' ? Array.from({ length: given }, (_, n) => `Installed-${n}`) : given;
  const images = names.map((name, n) =>
    shelf.add(`${inventory}/${name}`, 'SoftwareInventory.v1_5_0', `Firmware ${n}`, {
      Version: n === 0 ? layout.firmware : `${random.below(9)}.${random.below(99)}.${random.below(99)}`,
      Updateable: true,
      Status: { Health: 'OK', State: 'Enabled' },
    }),
  );
  shelf.collection(inventory, 'SoftwareInventory', images);
  shelf.add('/redfish/v1/UpdateService', 'UpdateService.v1_8_0', 'Update Service', {
    ServiceEnabled: true,
    FirmwareInventory: link(inventory),
    ...addUpdateQueue(shelf, '/redfish/v1/UpdateService'),
  });
}

function addLogServices(shelf: Shelf, owner: string, ids: readonly string[]): JsonObject {
  if (ids.length === 0) return {};
  const members = ids.map((id) => `${owner}/LogServices/${id}`);
  return { LogServices: link(shelf.collection(`${owner}/LogServices`, 'LogService', members)) };
}
