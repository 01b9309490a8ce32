import { link } from '../json.js';
import type { Random } from '../random.js';
import { VENDORS } from '../vendors.js';
import { hardware } from './hardware.js';
import { Shelf } from './shelf.js';
import { skeleton, type Profile } from './skeleton.js';

/** Spelled as dell/omsdk has them; the captured iDRAC9 6.00.30.00 names the registry and does not hold it. */
const TLS = { 'WebServer.1.TLSProtocol': ['TLS 1.0 and Higher', 'TLS 1.1 and Higher', 'TLS 1.2 Only'] };

/** Like an iDRAC9: sixteen account slots, paged logs, hashes in a plain attribute resource, a job queue. */
export function dell(random: Random): Profile {
  const shelf = new Shelf(VENDORS.dell);
  const ids = { system: 'System.Embedded.1', chassis: 'System.Embedded.1', manager: 'iDRAC.Embedded.1' };
  const parts = hardware(
    shelf,
    { ...ids, processors: 2, dimms: 32, drives: 10, adapters: 4, sensors: 60, schemas: 30, attributes: TLS },
    random,
  );
  const manager = `/redfish/v1/Managers/${ids.manager}`;
  addAttributes(shelf, `${manager}/Oem/Dell/DellAttributes/${ids.manager}`, random);
  addJobs(shelf, `${manager}/Oem/Dell/Jobs`, random);
  shelf.addError('/redfish/v1/AccountService/ExternalAccountProviders', 403, 'IDRAC.2.7.LIC501');
  shelf.addError('/redfish/v1/TelemetryService', 403, 'IDRAC.2.2.SWC0242');
  shelf.addError(`/redfish/v1/Chassis/${ids.chassis}/Oem/Dell/DellNIC/NIC.Slot.5-1`, 404, 'ResourceMissingAtURI');
  return skeleton(
    shelf,
    {
      vendor: VENDORS.dell,
      product: 'Integrated Dell Remote Access Controller',
      manufacturer: 'Dell Inc.',
      ...ids,
      firmware: '6.10.30.00',
      sessionTimeout: 1800,
      root: {
        ...parts.root,
        Vendor: 'Dell',
        TelemetryService: link('/redfish/v1/TelemetryService'),
        Oem: { Dell: { '@odata.type': '#DellServiceRoot.v1_0_0.DellServiceRoot', ServiceTag: random.hex(7).toUpperCase() } },
      },
      managerFields: {
        ...parts.manager,
        Links: {
          Oem: {
            Dell: {
              DellAttributes: [link(`${manager}/Oem/Dell/DellAttributes/${ids.manager}`)],
              Jobs: link(`${manager}/Oem/Dell/Jobs`),
              DellJobService: link(addJobService(shelf, `${manager}/Oem/Dell/DellJobService`)),
              DellLCService: link(addLifecycle(shelf, manager)),
            },
          },
        },
      },
      systemFields: parts.system,
      chassisFields: {
        ...parts.chassis,
        Oem: { Dell: { DellNIC: link(`/redfish/v1/Chassis/${ids.chassis}/Oem/Dell/DellNIC/NIC.Slot.5-1`) } },
      },
      logs: [
        { under: 'manager', id: 'Lclog', entries: 118, first: 83_000, most: 500_000 },
        { under: 'manager', id: 'Sel', entries: 73, first: 1, most: 1024 },
        { under: 'manager', id: 'FaultList', entries: 0, first: 1, most: 100 },
      ],
      firmwareInventory: 24,
    },
    random,
  );
}

/** The live iDRAC returns password hashes and IPMI keys in this plain GET. */
function addAttributes(shelf: Shelf, uri: string, random: Random): void {
  const users: Record<string, string> = {};
  for (let n = 1; n <= 16; n += 1) {
    users[`Users.${n}.SHA256Password`] = random.hex(64);
    users[`Users.${n}.SHA256PasswordSalt`] = random.hex(32);
    users[`Users.${n}.IPMIKey`] = random.hex(40);
    users[`Users.${n}.EnableSNMPv3Passphrase`] = 'Disabled';
  }
  shelf.add(uri, 'DellAttributes.v1_0_0', 'iDRAC Attributes', {
    Attributes: {
      ...users,
      'IPBlocking.1.BlockEnable': 'Enabled',
      'IPBlocking.1.FailCount': 3,
      'IPBlocking.1.FailWindow': 60,
      'IPBlocking.1.PenaltyTime': 60,
      ...Object.fromEntries(
        ['', '2', '3', '4', '5'].flatMap((n) => [
          [`IPBlocking.1.RangeEnable${n}`, 'Disabled'],
          [`IPBlocking.1.RangeAddr${n}`, '192.168.1.1'],
          [`IPBlocking.1.RangeMask${n}`, '255.255.255.0'],
        ]),
      ),
      'Lockdown.1.SystemLockdown': 'Disabled',
      'OS-BMC.1.AdminState': 'Enabled',
      'SNMP.1.AgentCommunity': 'public',
      'Security.1.PasswordMinimumLength': 0,
      'Security.1.PasswordRequireNumbers': 'Enabled',
      'Security.1.PasswordRequireSymbols': 'Disabled',
      'Security.1.PasswordRequireUpperCase': 'Enabled',
      'WebServer.1.TLSProtocol': 'TLS 1.1 and Higher',
    },
  });
}

/** Actions that export, with what they take beside them, as an iDRAC spells it. */
function addLifecycle(shelf: Shelf, manager: string): string {
  const uri = `${manager}/Oem/Dell/DellLCService`;
  const shares = { 'ShareType@Redfish.AllowableValues': ['CIFS', 'HTTP', 'HTTPS', 'Local', 'NFS'] };
  const target = (action: string): string => `${uri}/Actions/DellLCService.${action}`;
  return shelf.add(uri, 'DellLCService.v1_3_0', 'DellLCService', {
    Actions: {
      '#DellLCService.ExportLCLog': { ...shares, target: target('ExportLCLog') },
      '#DellLCService.SupportAssistCollection': {
        ...shares,
        'DataSelectorArrayIn@Redfish.AllowableValues': ['DebugLogs', 'HWData', 'OSAppData', 'TTYLogs'],
        target: target('SupportAssistCollection'),
      },
    },
  });
}

function addJobs(shelf: Shelf, base: string, random: Random): void {
  const jobs = Array.from({ length: 8 }, () =>
    shelf.add(`${base}/JID_${String(100_000_000_000 + random.below(899_999_999))}`, 'DellJob.v1_4_0', 'Firmware Update', {
      JobState: 'Completed',
      PercentComplete: 100,
    }),
  );
  // Somebody has an update wait for the next start of the server.
  const waiting = shelf.add(`${base}/JID_999000000001`, 'DellJob.v1_4_0', 'Firmware Update: BIOS', {
    JobState: 'Scheduled',
    PercentComplete: 0,
  });
  shelf.collection(base, 'DellJob', [...jobs, waiting]);
}

function addJobService(shelf: Shelf, uri: string): string {
  return shelf.add(uri, 'DellJobService.v1_2_0', 'DellJobService', {
    Actions: { '#DellJobService.DeleteJobQueue': { target: `${uri}/Actions/DellJobService.DeleteJobQueue` } },
  });
}
