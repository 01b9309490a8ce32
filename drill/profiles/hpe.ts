import { link } from '../json.js';
import type { Random } from '../random.js';
import { VENDORS } from '../vendors.js';
import { hardware } from './hardware.js';
import { Shelf } from './shelf.js';
import { skeleton, type Profile } from './skeleton.js';

/** Like an iLO 6: POST and DELETE accounts with SSH keys, weak entity tags in every body, inline log entries, mixed-case links. */
export function hpe(random: Random): Profile {
  const shelf = new Shelf(VENDORS.hpe);
  const ids = { system: '1', chassis: '1', manager: '1' };
  const parts = hardware(shelf, { ...ids, processors: 2, dimms: 24, drives: 8, adapters: 3, sensors: 50, schemas: 40 }, random);
  const security = addSecurity(shelf);
  shelf.add('/redfish/v1/Managers/1/ActiveHealthSystem', 'HpeiLOActiveHealthSystem.v2_5_0', 'Active Health System', {
    AHSEnabled: true,
    Links: { AHSLocation: { extref: '/ahsdata/HPE_DRILL.ahs?downloadAll=1' } },
  });
  shelf.addError('/redfish/v1/Systems/1/sut/systeminventory', 404, 'ResourceMissingAtURI');
  return skeleton(
    shelf,
    {
      vendor: VENDORS.hpe,
      product: 'ProLiant DL380 Gen11',
      manufacturer: 'HPE',
      ...ids,
      firmware: 'iLO 6 v1.66',
      // Minutes on an iLO.
      sessionTimeout: 30,
      root: { ...parts.root, Vendor: 'HPE', Oem: { Hpe: { Manager: [{ ManagerType: 'iLO 6', ManagerFirmwareVersion: '1.66' }] } } },
      managerFields: {
        ...parts.manager,
        Oem: {
          Hpe: { Links: { ActiveHealthSystem: link('/redfish/v1/Managers/1/ActiveHealthSystem'), SecurityService: link(`${security}/`) } },
        },
      },
      // An iLO advertises its BIOS in lower case.
      systemFields: {
        ...parts.system,
        Bios: link('/redfish/v1/systems/1/bios/'),
        Oem: { Hpe: { Links: { SUT: link('/redfish/v1/Systems/1/sut/systeminventory') } } },
      },
      chassisFields: parts.chassis,
      logs: [
        { under: 'manager', id: 'IEL', entries: 90, first: 1, most: 1024 },
        { under: 'system', id: 'IML', entries: 40, first: 1, most: 1024 },
        { under: 'system', id: 'SL', entries: 12, first: 1, most: 1024 },
        { under: 'system', id: 'Event', entries: 30, first: 1, most: 256, volatile: true },
      ],
      firmwareInventory: 30,
    },
    random,
  );
}

function addSecurity(shelf: Shelf): string {
  const base = '/redfish/v1/Managers/1/SecurityService';
  const names = ['Secure Boot', 'Password Complexity', 'Login Security Banner', 'IPMI/DCMI Over LAN', 'Global Component Integrity'];
  const params = names.map((SecurityParam, n) =>
    shelf.add(`${base}/SecurityDashboard/SecurityParams/${n}`, 'HpeiLOSecurityParam.v1_1_0', 'Security Param', {
      SecurityParam,
      SecurityStatus: 'Ok',
      State: 'Enabled',
    }),
  );
  shelf.add(`${base}/SecurityDashboard`, 'HpeiLOSecurityDashboard.v1_0_0', 'Security Dashboard', {
    OverallSecurityStatus: 'Risk',
    SecurityParameters: link(shelf.collection(`${base}/SecurityDashboard/SecurityParams`, 'HpeiLOSecurityParam', params)),
  });
  const target = (action: string): { target: string } => ({ target: `${base}/HttpsCert/Actions/HpeHttpsCert.${action}/` });
  shelf.add(`${base}/HttpsCert`, 'HpeHttpsCert.v2_0_0', 'iLO HTTPS certificate', {
    Actions: { '#HpeHttpsCert.GenerateCSR': target('GenerateCSR'), '#HpeHttpsCert.ImportCertificate': target('ImportCertificate') },
    CertificateSigningRequest: null,
  });
  return shelf.add(base, 'HpeSecurityService.v2_3_1', 'Security Service', {
    SecurityState: 'Production',
    TLSVersion: { TLS1_0: 'Enabled', TLS1_1: 'Enabled', TLS1_2: 'Enabled', TLS1_3: 'Enabled' },
    Links: { HttpsCert: link(`${base}/HttpsCert`), SecurityDashboard: link(`${base}/SecurityDashboard`) },
  });
}
