import type { FindingCode } from '../lib/model/finding.js';
import type { Json } from '../lib/model/json.js';
import type { Allowed } from '../lib/model/site.js';
import type { FaultName } from './faults/faults.js';
import { FAULTS } from './faults/faults.js';
import { at, isObject, memberUris, textAt } from './json.js';
import type { State } from './state.js';
import type { FreezeTruth, Setting } from './truth.js';

/** What an honest freeze of this BMC does, finds and leaves, as the BMC stands now. Told from the BMC's own side; no planner is asked. */
export function freezeTruth(state: State, allow: Allowed, responder: string, fault: FaultName | null): FreezeTruth {
  const lock = state.settings.lock();
  const locks = lock === null ? null : setting(state, lock.uri, lock.path, lock.on);
  const closed = [...services(state), ...doors(state), ...updates(state)];
  const accounts = state.accounts.all().filter(({ enabled, userName }) => enabled && userName !== responder);
  const isListed = (userName: string, roleId: string): boolean =>
    allow.accounts.some((listed) => listed.userName === userName && listed.roleId === roleId && listed.usedBy !== '');
  const kept = accounts.filter(({ userName, roleId }) => isListed(userName, roleId));
  const frozen = accounts.filter((account) => !kept.includes(account)).map(({ uri }) => uri);
  const jobs = pending(state);
  return {
    cancelled: jobs.filter(({ uri }) => cancels(state, uri)).map(({ uri }) => uri),
    frozen,
    closed,
    lock: locks,
    findings: [
      ...jobs.map(({ uri }) => told('PENDING_JOB', uri)),
      ...kept.map(({ uri }) => told('FREEZE_EXCEPTION', uri)),
      ...openThings(state),
      ...(lock === null ? [told('NO_LOCKDOWN', '/redfish/v1')] : []),
    ],
    comesTo: comesTo(fault, { lock: locks, closed, frozen }),
  };
}

type Told = FreezeTruth['findings'][number];

function told(code: FindingCode, uri: string): Told {
  return { code, uri };
}

function setting(state: State, uri: string, path: readonly string[], after: Json): Setting {
  return { uri, pointer: `/${path.join('/')}`, before: at(state.resources.json(uri) ?? undefined, ...path) ?? null, after };
}

function managersOf(state: State): readonly string[] {
  return memberUris(state.resources.json('/redfish/v1/Managers'));
}

/** What each maker switches at once, and what it keeps. */
const KEEPS: Readonly<Partial<Record<State['vendor']['name'], readonly string[]>>> = {
  dell: ['HTTP', 'SSDP', 'RFB'],
  hpe: ['HTTP', 'SNMP', 'Telnet', 'RFB'],
  lenovo: ['HTTP', 'Telnet', 'RFB'],
  openbmc: ['HTTP', 'SNMP', 'KVMIP', 'VirtualMedia', 'SSDP', 'Telnet', 'RFB'],
};

/** Services that run, and whether this maker's BMC keeps them whatever is asked. */
export function running(state: State): readonly { readonly uri: string; readonly name: string; readonly keeps: boolean }[] {
  return managersOf(state).flatMap((manager) => {
    const uri = textAt(state.resources.json(manager) ?? undefined, 'NetworkProtocol', '@odata.id');
    const services = Object.entries(state.resources.json(uri) ?? {});
    return services
      .filter(([name, service]) => name !== 'HTTPS' && isObject(service) && service['ProtocolEnabled'] === true && !UNSEEN.includes(name))
      .map(([name]) => ({ uri, name, keeps: KEEPS[state.vendor.name]?.includes(name) === true }));
  });
}

/** They serve the BMC itself and let nobody in. */
const UNSEEN = ['DHCP', 'DHCPv6', 'NTP'];

function services(state: State): readonly Setting[] {
  return running(state)
    .filter(({ keeps }) => !keeps)
    .map(({ uri, name }) => setting(state, uri, [name, 'ProtocolEnabled'], false));
}

const HOST_INTERFACE = [['CredentialBootstrapping', 'EnableAfterReset'], ['CredentialBootstrapping', 'Enabled'], ['InterfaceEnabled']];

function doors(state: State): readonly Setting[] {
  const json = (uri: string): Json | undefined => state.resources.json(uri) ?? undefined;
  const interfaces = managersOf(state)
    .flatMap((manager) => memberUris(state.resources.json(textAt(json(manager), 'HostInterfaces', '@odata.id'))))
    .flatMap((uri) => HOST_INTERFACE.filter((path) => at(json(uri), ...path) === true).map((path) => setting(state, uri, path, false)));
  const makers = managersOf(state)
    .flatMap((manager) => MAKERS.map(({ below, path, after }) => ({ uri: `${manager}${below}`, path, after })))
    .filter(({ uri, path, after }) => at(json(uri), ...path) !== undefined && at(json(uri), ...path) !== after)
    .map(({ uri, path, after }) => setting(state, uri, path, after));
  return [...interfaces, ...makers];
}

const MAKERS = [
  { below: '/Oem/Dell/DellAttributes/iDRAC.Embedded.1', path: ['Attributes', 'OS-BMC.1.AdminState'], after: 'Disabled' },
  { below: '/NetworkProtocol', path: ['Oem', 'Hpe', 'KcsEnabled'], after: false },
  { below: '', path: ['Oem', 'Lenovo', 'KCSEnabled'], after: false },
  { below: '/Oem/Supermicro/KCSInterface', path: ['Privilege'], after: 'Callback' },
];

function updates(state: State): readonly Setting[] {
  const on = at(state.resources.json(UPDATES) ?? undefined, 'ServiceEnabled') === true;
  return on && state.settings.isPatchable(UPDATES) ? [setting(state, UPDATES, ['ServiceEnabled'], false)] : [];
}

const UPDATES = '/redfish/v1/UpdateService';

function pending(state: State): readonly { readonly uri: string }[] {
  const queues = [
    ...managersOf(state).map((manager) => `${manager}/Oem/Dell/Jobs`),
    '/redfish/v1/UpdateService/UpdateTaskQueue',
    '/redfish/v1/TaskService/Tasks',
  ];
  return queues
    .flatMap((queue) => memberUris(state.resources.json(queue)))
    .filter((uri) => {
      const job = state.resources.json(uri) ?? undefined;
      return ['Pending', 'Scheduled'].includes(textAt(job, 'TaskState') || textAt(job, 'JobState') || textAt(job, 'State'));
    })
    .map((uri) => ({ uri }));
}

function cancels(state: State, uri: string): boolean {
  return state.vendor.name === 'dell' || state.settings.isDeletable(uri);
}

/** What no freeze closes here. */
function openThings(state: State): readonly Told[] {
  const [manager = ''] = managersOf(state);
  const { name } = state.vendor;
  const hasProtocol = textAt(state.resources.json(manager) ?? undefined, 'NetworkProtocol', '@odata.id') !== '';
  return [
    ...running(state)
      .filter(({ keeps }) => keeps)
      .map(({ uri }) => told('SERVICE_STAYS_ON', uri)),
    ...(hasProtocol ? [] : [told('SERVICE_STAYS_ON', manager)]),
    ...(state.settings.isPatchable(UPDATES) ? [] : [told('SERVICE_STAYS_ON', UPDATES)]),
    ...(['dell', 'openbmc', 'generic'].includes(name) ? [told('HOST_DOOR_OPEN', manager)] : []),
    ...(['dell', 'supermicro'].includes(name) ? [told('ACCESS_LIST_LEFT_OUT', manager)] : []),
  ];
}

/** A fault shows where there is something that it breaks. */
function comesTo(fault: FaultName | null, { lock, closed, frozen }: Pick<FreezeTruth, 'lock' | 'closed' | 'frozen'>): string {
  // All is done that can be, and without a lock that is not a freeze.
  const honest = lock === null ? 'unsupported' : 'done';
  if (fault === null) return honest;
  const { expect } = FAULTS[fault];
  if (fault === 'service-patch-ignored' && closed.length === 0) return honest;
  if (fault === 'ignores-patch' && closed.length + frozen.length === 0 && lock === null) return honest;
  const due = fault === 'lockdown-not-applied' && lock === null ? 'done' : (expect.freeze ?? expect.plan);
  return due === 'done' ? honest : due;
}
