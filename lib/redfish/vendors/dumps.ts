import type { Impact } from '../../model/effect.js';
import type { Json } from '../../model/json.js';
import { at, isObject, textAt } from '../json.js';

/** One dump that a vendor's BMC can make, or keeps ready, on request. */
export interface Dump {
  /** What it is, for people. */
  readonly name: string;
  /** Where it is found, from the service root on; `*` stands for one name that the BMC chooses. */
  readonly service: string;
  /** The action of that service, as it spells it after `#`; null for a file that lies ready and whose path the service names at `body`. */
  readonly action: string | null;
  /** What the action is sent, of which a list is cut to the values that the BMC takes; without an action, the JSON Pointer of the path. */
  readonly body: Json;
  /** The slot that is lost by it, for people; null when nothing is. */
  readonly overwrites: string | null;
  /** What the server behind the BMC feels. */
  readonly host: Impact;
  readonly traps: readonly string[];
  readonly source: string;
}

/** DMTF's own: what a vendor without a row of its own is asked for. */
const STANDARD: Dump = {
  name: 'diagnostic data of the manager',
  service: 'Managers/*/LogServices/*',
  action: 'LogService.CollectDiagnosticData',
  body: { DiagnosticDataType: 'Manager' },
  overwrites: 'the oldest dump of this log service, once it is full',
  host: 'none',
  traps: ['the result is an entry of the log service with AdditionalDataURI'],
  source: 'DSP0268 LogService 1.2',
};

/** Dumps by vendor. Nothing here is sent unless the BMC advertises it. */
export const DUMPS: Readonly<Record<string, readonly Dump[]>> = {
  dell: [
    {
      name: 'lifecycle log',
      service: 'Managers/*/Oem/Dell/DellLCService',
      action: 'DellLCService.ExportLCLog',
      body: { ShareType: 'Local' },
      overwrites: null,
      host: 'none',
      traps: ['the answer itself names the file in Location; there may be no job to follow'],
      source: 'facts/bmc.md B.2; iDRAC-Redfish-Scripting ExportLCLogREDFISH',
    },
    {
      name: 'SupportAssist collection (TSR) without data of the host',
      service: 'Managers/*/Oem/Dell/DellLCService',
      action: 'DellLCService.SupportAssistCollection',
      body: { ShareType: 'Local', DataSelectorArrayIn: ['DebugLogs', 'HWData', 'TTYLogs'] },
      overwrites: 'the last SupportAssist collection on the iDRAC',
      host: 'none',
      traps: [
        'refused until the EULA is accepted, which is a person’s decision',
        'registering first, as Dell’s script does, opens the host channel (OS-BMC.1.AdminState): it is left out',
        'Transmit and every other ShareType send the data elsewhere',
      ],
      source: 'facts/bmc.md B.2; iDRAC-Redfish-Scripting SupportAssistCollectionLocalREDFISH',
    },
  ],
  hpe: [
    {
      name: 'Active Health System log',
      service: 'Managers/*/ActiveHealthSystem',
      action: null,
      body: '/Links/AHSLocation/extref',
      overwrites: null,
      host: 'none',
      traps: ['no Redfish URI, and it needs the session header', 'ClearLog beside it destroys what is kept nowhere else'],
      source: 'facts/bmc.md B.2; capture of iLO 6 1.66',
    },
  ],
  lenovo: [
    {
      name: 'service data (FFDC)',
      service: 'Systems/*/LogServices/DiagnosticLog',
      action: 'LogService.CollectDiagnosticData',
      body: { DiagnosticDataType: 'Manager' },
      overwrites: 'the oldest of the three files that an XCC keeps',
      host: 'none',
      traps: ['reading the monitor of a finished task deletes the task', 'older XCC can only push to a TFTP or SFTP server'],
      source: 'facts/bmc.md B.2; python-redfish-lenovo lenovo_export_ffdc_data',
    },
  ],
  openbmc: [
    {
      name: 'BMC dump',
      service: 'Managers/*/LogServices/Dump',
      action: 'LogService.CollectDiagnosticData',
      body: { DiagnosticDataType: 'Manager' },
      overwrites: 'the oldest BMC dumps, once their space is full',
      host: 'none',
      traps: ['the task is dropped soon after it ended', 'the monitor answers once'],
      source: 'facts/bmc.md B.0, B.2; bmcweb log_services.hpp; capture of GB200 24.12',
    },
    {
      name: 'system dump',
      service: 'Systems/*/LogServices/Dump',
      action: 'LogService.CollectDiagnosticData',
      body: { DiagnosticDataType: 'OEM', OEMDiagnosticDataType: 'System' },
      overwrites: 'the oldest system dumps, once their space is full',
      host: 'host-at-risk',
      traps: ['may stop the host while its memory is read'],
      source: 'facts/bmc.md B.2',
    },
  ],
  generic: [STANDARD],
};

/** Where a BMC keeps the result of the last time, by action: fixed paths that no resource lists, so that it can be fetched before it is replaced. */
export const LAST_RESULTS: ReadonlyMap<string, string> = new Map([
  // iDRAC-Redfish-Scripting SupportAssistCollectionLocalREDFISH.
  ['delllcservice.supportassistcollection', '/redfish/v1/Dell/sacollect.zip'],
]);

/** Where a manager links to a job queue of its vendor's own, beside TaskService and JobService: paths of properties. */
export const JOB_QUEUES: readonly (readonly string[])[] = [
  // Dell iDRAC9.
  ['Links', 'Oem', 'Dell', 'Jobs'],
];

/** Names by which service roots tell their maker, in lower case, to the rows above. NVIDIA's BMCs are OpenBMC. */
const MAKERS: ReadonlyMap<string, string> = new Map([
  ['dell', 'dell'],
  ['hpe', 'hpe'],
  ['hp', 'hpe'],
  ['lenovo', 'lenovo'],
  ['openbmc', 'openbmc'],
  ['nvidia', 'openbmc'],
]);

/** Which row fits, as the service root says; `generic` when it says nothing that is known. */
export function vendorNameOf(root: Json | null): string {
  const oem = at(root ?? undefined, 'Oem');
  const said = [textAt(root ?? undefined, 'Vendor'), ...(isObject(oem) ? Object.keys(oem) : []), textAt(root ?? undefined, 'Product')];
  return said.flatMap((name) => MAKERS.get(name?.toLowerCase() ?? '') ?? [])[0] ?? 'generic';
}
