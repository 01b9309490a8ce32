import { link } from '../json.js';
import type { Random } from '../random.js';
import { VENDORS } from '../vendors.js';
import { hardware } from './hardware.js';
import { Shelf } from './shelf.js';
import { skeleton, type Profile } from './skeleton.js';

/** Advertised links of a Supermicro that lead nowhere; the capture at hand has 573. */
const DEAD_LINKS = 20;

/** The four of the BMC have to be compared. */
const IMAGES = ['BMC', 'Backup_BMC', 'Golden_BMC', 'Staging_BMC', 'BIOS', 'Backup_BIOS', 'CPLD', 'Power_Supply_1', 'Power_Supply_2'];

/** Like an X12: a maintenance log of 512 records that each login pushes on, four images of the BMC, empty subscription rows, many dead links. */
export function supermicro(random: Random): Profile {
  const shelf = new Shelf(VENDORS.supermicro);
  const ids = { system: '1', chassis: '1', manager: '1' };
  const parts = hardware(shelf, { ...ids, processors: 2, dimms: 16, drives: 6, adapters: 2, sensors: 40, schemas: 30 }, random);
  addPendingBios(shelf);
  const dead = Array.from({ length: DEAD_LINKS }, (_, n) =>
    shelf.addError(`/redfish/v1/Chassis/1/PCIeSlots/Slot${String(n)}`, 404, 'ResourceMissingAtURI'),
  );
  return skeleton(
    shelf,
    {
      vendor: VENDORS.supermicro,
      product: 'SYS-620P-TRT',
      manufacturer: 'Supermicro',
      ...ids,
      firmware: '01.04.08',
      sessionTimeout: 300,
      root: { ...parts.root, Vendor: 'Supermicro', Oem: { Supermicro: { DumpService: link(addDumps(shelf)) } } },
      managerFields: { ...parts.manager, Oem: { Supermicro: addOem(shelf) } },
      systemFields: parts.system,
      chassisFields: { ...parts.chassis, Links: { PCIeDevices: dead.map(link) } },
      logs: [
        { under: 'manager', id: 'Log1', entries: 100, first: 1, most: 512 },
        { under: 'system', id: 'Log1', entries: 80, first: 1, most: 4096 },
      ],
      firmwareInventory: IMAGES,
    },
    random,
  );
}

function addOem(shelf: Shelf): Record<string, ReturnType<typeof link>> {
  const base = '/redfish/v1/Managers/1/Oem/Supermicro';
  const rules = shelf.collection(`${base}/IPAccessControl/FilterRules`, 'FilterRules', []);
  shelf.add(`${base}/IPAccessControl`, 'IPAccessControl.v1_0_1', 'IP Access Control', { ServiceEnabled: false, FilterRules: link(rules) });
  shelf.add(`${base}/SysLockdown`, 'SysLockdown.v1_0_0', 'System Lockdown', { SysLockdownEnabled: false });
  shelf.add(`${base}/KCSInterface`, 'KCSInterface.v1_0_0', 'KCS Interface', { Privilege: 'Administrator' });
  return {
    IPAccessControl: link(`${base}/IPAccessControl`),
    SysLockdown: link(`${base}/SysLockdown`),
    KCSInterface: link(`${base}/KCSInterface`),
  };
}

function addDumps(shelf: Shelf): string {
  const base = '/redfish/v1/Oem/Supermicro/DumpService';
  return shelf.add(base, 'SmcDumpService.v1_0_0', 'Dump Service', { Dumps: link(shelf.collection(`${base}/Dumps`, 'SmcDump', [])) });
}

function addPendingBios(shelf: Shelf): void {
  const base = '/redfish/v1/Systems/1/Bios';
  shelf.add(`${base}/SD`, 'Bios.v1_1_0', 'BIOS Pending Settings', { Attributes: {} });
  shelf.add(base, 'Bios.v1_1_0', 'BIOS Settings', {
    Attributes: { BootModeSelect: 'UEFI', SecureBoot: 'Enabled' },
    '@Redfish.Settings': { SettingsObject: link(`${base}/SD`) },
  });
}
