import { link } from '../json.js';
import type { Random } from '../random.js';
import { VENDORS } from '../vendors.js';
import { hardware } from './hardware.js';
import { Shelf } from './shelf.js';
import { skeleton, type Profile } from './skeleton.js';

const IMAGES = [
  'BMC-Primary',
  'BMC-Backup',
  'BMC-Primary-Pending',
  'UEFI',
  'UEFI-Pending',
  'LXPM',
  'LXPMLinuxDriver',
  'Slot_1.Bundle',
  'Disk_0',
];

/** Like an XCC: twelve account slots, If-Match on every PATCH, sessions without an address, all logs below the system, an SEL that fills up. */
export function lenovo(random: Random): Profile {
  const shelf = new Shelf(VENDORS.lenovo);
  const ids = { system: '1', chassis: '1', manager: '1' };
  const parts = hardware(shelf, { ...ids, processors: 2, dimms: 24, drives: 8, adapters: 2, sensors: 60, schemas: 30 }, random);
  const oem = addOem(shelf);
  addPendingBios(shelf);
  // Directory services that are switched on and lead nowhere.
  shelf.addError('/redfish/v1/Managers/1/Oem/Lenovo/RemoteMap', 404, 'ResourceMissingAtURI');
  return skeleton(
    shelf,
    {
      vendor: VENDORS.lenovo,
      product: 'ThinkSystem SR650 V2',
      manufacturer: 'Lenovo',
      ...ids,
      firmware: '42S-2.83',
      sessionTimeout: 300,
      root: { ...parts.root, Vendor: 'Lenovo', Oem: { Lenovo: { '@odata.type': '#LenovoServiceRoot.v1_0_0.LenovoServiceRoot' } } },
      managerFields: {
        ...parts.manager,
        // XCC keeps every log below the system, and its manager links there.
        LogServices: link('/redfish/v1/Systems/1/LogServices'),
        Oem: { Lenovo: { ...oem, KCSEnabled: true, RemoteMap: link('/redfish/v1/Managers/1/Oem/Lenovo/RemoteMap') } },
      },
      systemFields: parts.system,
      chassisFields: parts.chassis,
      logs: [
        { under: 'system', id: 'AuditLog', entries: 96, first: 5864, most: 1024 },
        { under: 'system', id: 'PlatformLog', entries: 60, first: 1, most: 1024 },
        { under: 'system', id: 'SEL', entries: 40, first: 1, most: 511, whenFull: 'stops' },
        { under: 'system', id: 'MaintenanceLog', entries: 8, first: 1, most: 256 },
        { under: 'system', id: 'DiagnosticLog', entries: 0, first: 1, most: 3 },
      ],
      firmwareInventory: IMAGES,
    },
    random,
  );
}

function addOem(shelf: Shelf): Record<string, ReturnType<typeof link>> {
  const base = '/redfish/v1/Managers/1/Oem/Lenovo';
  const recipients = shelf.collection(`${base}/Recipients`, 'LenovoEventRecipient', []);
  const watchdogs = shelf.collection(`${base}/Watchdogs`, 'LenovoWatchdog', []);
  shelf.add(`${base}/Security`, 'LenovoSecurityService.v1_0_0', 'Lenovo Security Service', {
    FWRollback: 'Enabled',
    SSHPublicKey: ['', '', '', ''],
    CryptographyMode: 'Standard',
  });
  return { Recipients: link(recipients), Watchdogs: link(watchdogs), Security: link(`${base}/Security`) };
}

function addPendingBios(shelf: Shelf): void {
  const base = '/redfish/v1/Systems/1/Bios';
  shelf.add(`${base}/Pending`, 'Bios.v1_1_0', 'BIOS Pending Settings', { Attributes: {} });
  shelf.add(base, 'Bios.v1_1_0', 'BIOS Settings', {
    Attributes: { OperatingModes_ChooseOperatingMode: 'MaximumEfficiency', SecureBootConfiguration_SecureBootSetting: 'Enabled' },
    '@Redfish.Settings': { SettingsObject: link(`${base}/Pending`) },
  });
}
