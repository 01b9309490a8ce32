import { link } from '../json.js';
import type { Random } from '../random.js';
import { VENDORS } from '../vendors.js';
import { hardware } from './hardware.js';
import { Shelf } from './shelf.js';
import { skeleton, type Profile } from './skeleton.js';

/** Like bmcweb: account ids are user names, entity tags in the header only, a journal, a truststore, no SSH keys in Redfish. */
export function openbmc(random: Random): Profile {
  const shelf = new Shelf(VENDORS.openbmc);
  const ids = { system: 'system', chassis: 'chassis', manager: 'bmc' };
  const parts = hardware(shelf, { ...ids, processors: 2, dimms: 16, drives: 4, adapters: 2, sensors: 80, schemas: 30 }, random);
  const truststore = '/redfish/v1/Managers/bmc/Truststore/Certificates';
  shelf.collection(truststore, 'Certificate', []);
  const integrity = addIntegrity(shelf, random);
  shelf.addError('/redfish/v1/Systems/system/Processors/CPU.1/EnvironmentMetrics', 500, 'InternalError');
  return skeleton(
    shelf,
    {
      vendor: VENDORS.openbmc,
      product: 'OpenBMC',
      manufacturer: 'OpenBMC',
      ...ids,
      firmware: '2.14.0',
      sessionTimeout: 1800,
      root: { ...parts.root, ComponentIntegrity: link(integrity) },
      managerFields: { ...parts.manager, Oem: { OpenBmc: { Certificates: link(`${truststore}/`) } } },
      systemFields: {
        ...parts.system,
        Oem: { OpenBmc: { Metrics: link('/redfish/v1/Systems/system/Processors/CPU.1/EnvironmentMetrics') } },
      },
      chassisFields: parts.chassis,
      logs: [
        { under: 'manager', id: 'Journal', entries: 120, first: 1, most: 2000, volatile: true },
        { under: 'system', id: 'EventLog', entries: 60, first: 1, most: 200 },
        { under: 'manager', id: 'Dump', entries: 0, first: 1, most: 10 },
      ],
      firmwareInventory: 12,
    },
    random,
  );
}

function addIntegrity(shelf: Shelf, random: Random): string {
  const base = '/redfish/v1/ComponentIntegrity';
  const members = ['ERoT_BMC_0', 'ERoT_CPU_0', 'ERoT_CPU_1'].map((id) =>
    shelf.add(`${base}/${id}`, 'ComponentIntegrity.v1_2_0', id, {
      ComponentIntegrityEnabled: true,
      ComponentIntegrityType: 'SPDM',
      SPDM: { Requester: link('/redfish/v1/Managers/bmc') },
      LastUpdated: `2025-0${1 + random.below(9)}-01T00:00:00+00:00`,
    }),
  );
  return shelf.collection(base, 'ComponentIntegrity', members);
}
