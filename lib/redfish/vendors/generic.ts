import { STANDARD_CERTIFICATES } from './certificates.js';
import type { LogFacts, Vendor } from './vendor.js';

const DSP0266 = 'DMTF DSP0266 1.24.0';
const LOG_SERVICE = 'DMTF LogService and LogEntry schemas';

/** A log of which nothing but its name is known. */
export function unknownLog(name: string): LogFacts {
  return { name, role: 'events', volatile: false, max: null, numbering: { rule: 'none', path: [], span: null }, source: LOG_SERVICE };
}

/** What the standard says, and the most careful guess where it says nothing: for every BMC whose maker is not known, or that contradicts itself. */
export const GENERIC: Vendor = {
  name: 'generic',
  title: 'a maker that this version does not know',
  signs: { vendors: [], oem: [], products: [], source: 'by exclusion' },
  connections: 1,
  connectionsSource: 'stmcginnis/gofish client.go: one request at a time unless told otherwise',
  sessions: {
    limit: null,
    full: { statuses: [503], messageIds: ['SessionLimitExceeded'] },
    lockedOut: [],
    ends: 'the idle timeout of the sessions, or a reset of the BMC',
    timeoutUnit: 'seconds',
    addressPaths: [['ClientOriginIPAddress']],
    source: `${DSP0266} 13.3; DMTF Base registry; DMTF Session schema`,
  },
  accounts: {
    model: 'allow-header',
    names: [],
    slots: { first: 1, empties: [{ Enabled: false }, { UserName: '' }] },
    traps: 'the Allow header of an account says whether it can be deleted',
    source: `${DSP0266} 7.2`,
  },
  passwords: {
    min: null,
    max: null,
    ipmi: 16,
    classes: 4,
    repeats: null,
    rules: [],
    refusals: ['PropertyValueFormatError', 'PropertyValueError', 'PropertyValueIncorrect'],
    ends: 'unknown',
    lockout: { bears: null, traps: 'a threshold of 0 or none is no promise: one failure, and then a good login' },
    traps: 'a password longer than IPMI takes may be cut in silence',
    source: 'DMTF ManagerAccount and AccountService schemas; IPMI 2.0 22.30 (16 or 20 bytes)',
  },
  etags: {
    where: 'unknown',
    weak: false,
    ifMatch: 'unknown',
    traps: 'try the tag as it came, then none; drop an empty one',
    source: `${DSP0266} 6.5; openstack/sushy connector.py`,
  },
  logs: [],
  entry: { messageId: null, user: null, address: null, count: null, source: LOG_SERVICE },
  messages: [
    { event: 'firmware', ids: ['UpdateSuccessful', 'UpdateInProgress'], text: null, source: 'DMTF Update registry 1.0' },
    // What several makers write word by word, and no id of ours covers.
    {
      event: 'log-cleared',
      ids: ['LogCleared', 'EventLogCleared'],
      text: null,
      source: 'DMTF and OpenBMC registries: OpenBMC.0.4 EventLogCleared',
    },
  ],
  undated: {
    prefixes: ['0000-', '1970-01-01', '9999-'],
    source: 'HewlettPackard/ilo-redfish-emulator mockups/DL380a (0000-00-00); NVIDIA/libredfish tests/mockups/nvidia_gb200 (9999-12-31)',
  },
  actors: { names: [], source: 'by exclusion' },
  dumps: [
    {
      name: 'diagnostic data of the manager',
      service: '/redfish/v1/Managers/*/LogServices/*',
      action: 'LogService.CollectDiagnosticData',
      body: { DiagnosticDataType: 'Manager' },
      overwrites: 'the oldest dump of this log service, once it is full',
      host: 'none',
      traps: 'the result is an entry of the log service with AdditionalDataURI',
      source: 'DSP0268, LogService 1.2',
    },
  ],
  documents: ['$metadata', 'odata', 'jsonschemas', 'registries'],
  polling: {
    taskMs: 10_000,
    resetMs: 600_000,
    traps: 'look at the Task, never at its monitor: some monitors answer once',
    source: `${DSP0266} 12.2; openbmc/bmcweb redfish-core/lib/task.hpp`,
  },
  lockdown: null,
  freeze: {
    services: ['IPMI', 'SSH', 'Telnet', 'SNMP', 'KVMIP', 'VirtualMedia', 'SSDP', 'HTTP'],
    otherServices: 'this version knows no switch for it',
    doors: [],
    updates: true,
    repeats: [],
    accessList: null,
    source: 'DMTF ManagerNetworkProtocol, HostInterface and UpdateService schemas',
  },
  certificates: STANDARD_CERTIFICATES,
  volatileKeys: {
    names: ['DateTime', 'LastResetTime', '@odata.etag', 'Reading', 'ReadingVolts', 'ReadingCelsius', 'HealthRollup'],
    source: 'DMTF schemas: properties that follow clock and sensors',
  },
  resets: [
    {
      action: 'Manager.ResetToDefaults',
      type: 'ResetAll',
      keeps: [],
      traps: 'default credentials on an address that may be reachable: isolate first',
      source: 'DMTF Manager schema, ResetToDefaultsType',
    },
    {
      action: 'Manager.ResetToDefaults',
      type: 'PreserveNetwork',
      keeps: ['network'],
      traps: '',
      source: 'DMTF Manager schema, ResetToDefaultsType',
    },
    {
      action: 'Manager.ResetToDefaults',
      type: 'PreserveNetworkAndUsers',
      keeps: ['network', 'users'],
      traps: 'keeps the attacker’s accounts too',
      source: 'DMTF Manager schema, ResetToDefaultsType',
    },
  ],
};
