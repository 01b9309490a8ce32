import { link, type JsonObject } from '../json.js';
import type { Random } from '../random.js';
import { addTasks } from './pending.js';
import { addDoors } from './doors.js';
import type { Shelf } from './shelf.js';

export interface Parts {
  readonly system: string;
  readonly chassis: string;
  readonly manager: string;
  readonly processors: number;
  readonly dimms: number;
  readonly drives: number;
  readonly adapters: number;
  readonly sensors: number;
  readonly schemas: number;
  /** Attributes that a registry of their own tells the values of; none where absent. */
  readonly attributes?: Readonly<Record<string, readonly string[]>>;
}

const HEALTHY = { Health: 'OK', State: 'Enabled' };

/** What a server's BMC lists beside its services. Returns the links for the system, the chassis, the manager and the root. */
export function hardware(
  shelf: Shelf,
  parts: Parts,
  random: Random,
): { system: JsonObject; chassis: JsonObject; manager: JsonObject; root: JsonObject } {
  return {
    system: systemParts(shelf, `/redfish/v1/Systems/${parts.system}`, parts, random),
    chassis: chassisParts(shelf, `/redfish/v1/Chassis/${parts.chassis}`, parts, random),
    manager: managerParts(shelf, `/redfish/v1/Managers/${parts.manager}`, random),
    root: rootParts(shelf, parts),
  };
}

function systemParts(shelf: Shelf, base: string, parts: Parts, random: Random): JsonObject {
  const processors = many(parts.processors, (n) =>
    shelf.add(`${base}/Processors/CPU.${n + 1}`, 'Processor.v1_13_0', `CPU ${n + 1}`, {
      TotalCores: 32,
      TotalThreads: 64,
      Status: HEALTHY,
    }),
  );
  const dimms = many(parts.dimms, (n) =>
    shelf.add(`${base}/Memory/DIMM.${n + 1}`, 'Memory.v1_13_0', `DIMM ${n + 1}`, {
      CapacityMiB: 32768,
      SerialNumber: random.hex(8).toUpperCase(),
      Metrics: link(`${base}/Memory/DIMM.${n + 1}/MemoryMetrics`),
      Status: HEALTHY,
    }),
  );
  for (const dimm of dimms) {
    shelf.add(`${dimm}/MemoryMetrics`, 'MemoryMetrics.v1_5_0', 'Memory Metrics', { HealthData: { DataLossDetected: false } });
  }
  const drives = many(parts.drives, (n) =>
    shelf.add(`${base}/Storage/1/Drives/${n}`, 'Drive.v1_14_0', `Drive ${n}`, {
      CapacityBytes: 1.92e12,
      SerialNumber: random.hex(12),
      Status: HEALTHY,
    }),
  );
  shelf.add(`${base}/Storage/1`, 'Storage.v1_12_0', 'Storage', { Drives: drives.map((drive) => link(drive)), Status: HEALTHY });
  shelf.add(`${base}/SecureBoot`, 'SecureBoot.v1_1_0', 'UEFI Secure Boot', { SecureBootEnable: true, SecureBootMode: 'UserMode' });
  shelf.add(`${base}/Bios/Settings`, 'Bios.v1_2_0', 'BIOS Pending Settings', { Attributes: {} });
  shelf.add(`${base}/Bios`, 'Bios.v1_2_0', 'BIOS Settings', {
    Attributes: { BootMode: 'Uefi', ProcVirtualization: 'Enabled', SecureBoot: 'Enabled' },
    '@Redfish.Settings': { SettingsObject: link(`${base}/Bios/Settings`) },
  });
  const boots = many(4, (n) =>
    shelf.add(`${base}/BootOptions/Boot${n}`, 'BootOption.v1_0_4', `Boot Option ${n}`, { BootOptionEnabled: true }),
  );
  return {
    Processors: link(shelf.collection(`${base}/Processors`, 'Processor', processors)),
    Memory: link(shelf.collection(`${base}/Memory`, 'Memory', dimms)),
    Storage: link(shelf.collection(`${base}/Storage`, 'Storage', [`${base}/Storage/1`])),
    SecureBoot: link(`${base}/SecureBoot`),
    Bios: link(`${base}/Bios`),
    Boot: { BootOptions: link(shelf.collection(`${base}/BootOptions`, 'BootOption', boots)), BootSourceOverrideEnabled: 'Disabled' },
  };
}

function chassisParts(shelf: Shelf, base: string, parts: Parts, random: Random): JsonObject {
  const adapters = many(parts.adapters, (n) => {
    const adapter = `${base}/NetworkAdapters/NIC.${n + 1}`;
    const ports = many(2, (port) =>
      shelf.add(`${adapter}/Ports/${port}`, 'Port.v1_6_0', `Port ${port}`, {
        LinkStatus: 'LinkUp',
        Ethernet: { AssociatedMACAddresses: [mac(random)] },
      }),
    );
    return shelf.add(adapter, 'NetworkAdapter.v1_8_0', `NIC ${n + 1}`, {
      Ports: link(shelf.collection(`${adapter}/Ports`, 'Port', ports)),
    });
  });
  const sensors = many(parts.sensors, (n) =>
    shelf.add(`${base}/Sensors/Sensor${n}`, 'Sensor.v1_5_0', `Sensor ${n}`, {
      Reading: 20 + random.below(60),
      ReadingType: n % 2 === 0 ? 'Temperature' : 'Voltage',
      Status: HEALTHY,
    }),
  );
  const fans = many(6, (n) => ({
    '@odata.id': `${base}/Thermal#/Fans/${n}`,
    MemberId: String(n),
    Name: `Fan ${n}`,
    Reading: 5000 + random.below(900),
  }));
  shelf.add(`${base}/Thermal`, 'Thermal.v1_7_0', 'Thermal', { Fans: fans });
  shelf.add(`${base}/Power`, 'Power.v1_7_0', 'Power', { PowerControl: [{ MemberId: '0', PowerConsumedWatts: 300 + random.below(200) }] });
  return {
    NetworkAdapters: link(shelf.collection(`${base}/NetworkAdapters`, 'NetworkAdapter', adapters)),
    Sensors: link(shelf.collection(`${base}/Sensors`, 'Sensor', sensors)),
    Thermal: link(`${base}/Thermal`),
    Power: link(`${base}/Power`),
  };
}

function managerParts(shelf: Shelf, base: string, random: Random): JsonObject {
  const port = shelf.add(`${base}/EthernetInterfaces/1`, 'EthernetInterface.v1_8_0', 'Manager Ethernet Interface', {
    MACAddress: mac(random),
    SpeedMbps: 1000,
  });
  const media = shelf.add(`${base}/VirtualMedia/CD`, 'VirtualMedia.v1_4_0', 'Virtual CD', {
    Image: null,
    Inserted: false,
    MediaTypes: ['CD', 'DVD'],
  });
  return {
    EthernetInterfaces: link(shelf.collection(`${base}/EthernetInterfaces`, 'EthernetInterface', [port])),
    VirtualMedia: link(shelf.collection(`${base}/VirtualMedia`, 'VirtualMedia', [media])),
    ...addDoors(shelf, base),
  };
}

function rootParts(shelf: Shelf, { schemas, attributes }: Parts): JsonObject {
  const base = '/redfish/v1';
  const files = many(schemas, (n) =>
    shelf.add(`${base}/JsonSchemas/Schema${n}`, 'JsonSchemaFile.v1_1_4', `Schema ${n} File`, {
      Location: [
        {
          Language: 'en',
          Uri: shelf.addPlain(`${base}/Schemas/Schema${n}.json`, {
            $schema: 'http://json-schema.org/draft-07/schema#',
            title: `#Schema${n}`,
          }),
        },
      ],
    }),
  );
  shelf.addPlain(`${base}/Registries/Messages/Messages.json`, {
    Language: 'en',
    RegistryPrefix: 'Messages',
    RegistryVersion: '1.0.0',
    Messages: {},
  });
  const registry = shelf.add(`${base}/Registries/Messages`, 'MessageRegistryFile.v1_1_3', 'Message Registry File', {
    Location: [{ Language: 'en', Uri: `${base}/Registries/Messages/Messages.json` }],
    Registry: 'Messages.1.0',
  });
  addTasks(shelf, `${base}/TaskService/Tasks`);
  shelf.add(`${base}/TaskService`, 'TaskService.v1_2_0', 'Task Service', {
    ServiceEnabled: true,
    Tasks: link(`${base}/TaskService/Tasks`),
  });
  return {
    JsonSchemas: link(shelf.collection(`${base}/JsonSchemas`, 'JsonSchemaFile', files)),
    Registries: link(shelf.collection(`${base}/Registries`, 'MessageRegistryFile', [registry, ...attributeRegistry(shelf, attributes)])),
    Tasks: link(`${base}/TaskService`),
  };
}

/** As DMTF's AttributeRegistry schema has it. */
function attributeRegistry(shelf: Shelf, attributes: Parts['attributes']): readonly string[] {
  if (attributes === undefined) return [];
  const uri = '/redfish/v1/Registries/ManagerAttributeRegistry';
  const Uri = shelf.addPlain(`${uri}/ManagerAttributeRegistry.v1_0_0.json`, {
    Language: 'en',
    RegistryVersion: '1.0.0',
    RegistryEntries: {
      Attributes: Object.entries(attributes).map(([AttributeName, values]) => ({
        AttributeName,
        Type: 'Enumeration',
        Value: values.map((ValueName) => ({ ValueName, ValueDisplayName: ValueName })),
      })),
    },
  });
  const file = { Location: [{ Language: 'En', Uri }], Registry: 'ManagerAttributeRegistry.1.0' };
  return [shelf.add(uri, 'MessageRegistryFile.v1_1_3', 'Manager Attribute Registry File', file)];
}

function many<T>(count: number, make: (n: number) => T): T[] {
  return Array.from({ length: count }, (_, n) => make(n));
}

function mac(random: Random): string {
  return many(6, () => random.hex(2)).join(':');
}
