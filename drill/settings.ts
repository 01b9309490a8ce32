import { keyOf } from './content.js';
import { at, isObject, parseObject, textAt, type JsonObject } from './json.js';
import type { Json } from '../lib/model/json.js';
import type { FaultName } from './faults/faults.js';
import type { Refused } from './accounts.js';
import type { Resources } from './resources.js';
import type { Vendor } from './vendor.js';

/** What can be set on one kind of resource, names of properties with `/` between them; `*` is any one name. */
interface Kind {
  readonly place: RegExp;
  readonly of: readonly Vendor['name'][];
  readonly properties: readonly string[];
}

const ALL: readonly Vendor['name'][] = ['dell', 'hpe', 'lenovo', 'supermicro', 'openbmc', 'generic'];
const ANY_SERVICE = ['IPMI', 'SSH', 'Telnet', 'SNMP', 'KVMIP', 'VirtualMedia', 'RFB', 'SSDP', 'HTTP'];
const PROTOCOL = /^\/redfish\/v1\/managers\/[^/]+\/networkprotocol$/;
const DELL_ATTRIBUTES = /^\/redfish\/v1\/managers\/[^/]+\/oem\/dell\/dellattributes\/[^/]+$/;
const SMC_LOCK = /^\/redfish\/v1\/managers\/[^/]+\/oem\/supermicro\/syslockdown$/;

const KINDS: readonly Kind[] = [
  // bmcweb takes IPMI and SSH alone.
  { place: PROTOCOL, of: ['openbmc'], properties: ['IPMI/ProtocolEnabled', 'SSH/ProtocolEnabled'] },
  {
    place: PROTOCOL,
    of: ['dell', 'hpe', 'lenovo', 'supermicro', 'generic'],
    properties: [...ANY_SERVICE.map((name) => `${name}/ProtocolEnabled`), 'Oem/Hpe/KcsEnabled'],
  },
  {
    place: /^\/redfish\/v1\/managers\/[^/]+\/hostinterfaces\/[^/]+$/,
    of: ALL,
    properties: ['InterfaceEnabled', 'CredentialBootstrapping/Enabled', 'CredentialBootstrapping/EnableAfterReset'],
  },
  { place: /^\/redfish\/v1\/updateservice$/, of: ['hpe', 'lenovo', 'supermicro', 'generic'], properties: ['ServiceEnabled'] },
  {
    place: /^\/redfish\/v1\/accountservice$/,
    of: ALL,
    properties: ['LDAP', 'ActiveDirectory', 'OAuth2'].map((name) => `${name}/ServiceEnabled`),
  },
  { place: DELL_ATTRIBUTES, of: ['dell'], properties: ['Attributes/*'] },
  { place: /^\/redfish\/v1\/managers\/1\/oem\/supermicro\/ipaccesscontrol$/, of: ['supermicro'], properties: ['ServiceEnabled'] },
  { place: SMC_LOCK, of: ['supermicro'], properties: ['SysLockdownEnabled'] },
  { place: /^\/redfish\/v1\/managers\/[^/]+\/oem\/supermicro\/kcsinterface$/, of: ['supermicro'], properties: ['Privilege'] },
  { place: /^\/redfish\/v1\/managers\/[^/]+$/, of: ['lenovo'], properties: ['Oem/Lenovo/KCSEnabled'] },
];

/** Jobs that a DELETE cancels: on an XCC and an iDRAC it does not. */
const DELETABLE: Readonly<Partial<Record<Vendor['name'], RegExp>>> = {
  supermicro: /^\/redfish\/v1\/taskservice\/tasks\/[^/]+$/,
  generic: /^\/redfish\/v1\/taskservice\/tasks\/[^/]+$/,
  hpe: /^\/redfish\/v1\/updateservice\/updatetaskqueue\/[^/]+$/,
};

/** The settings of one BMC that a PATCH changes, the jobs that can be cancelled, and the lock over all of it. */
export class Settings {
  readonly #resources: Resources;

  constructor(resources: Resources) {
    this.#resources = resources;
  }

  isPatchable(uri: string): boolean {
    return this.#kindOf(uri) !== undefined && this.#resources.json(uri) !== null;
  }

  isDeletable(uri: string): boolean {
    return DELETABLE[this.#resources.vendor.name]?.test(keyOf(uri)) === true && this.#resources.json(uri) !== null;
  }

  /** Changes settings as a PATCH does. */
  patch(uri: string, change: JsonObject, fault: FaultName | null): Refused | null {
    const kind = this.#kindOf(uri);
    const body = this.#resources.json(uri) ?? {};
    for (const [path, value] of leavesOf(change)) {
      const now = at(body, ...path);
      const name = path.join('/');
      if (kind?.properties.some((property) => fits(property, name)) !== true || now === undefined)
        return { status: 400, messageId: 'PropertyUnknown', message: `The property ${name} is not known or cannot be set.` };
      if (typeof now !== typeof value)
        return { status: 400, messageId: 'PropertyValueTypeError', message: `The value of ${name} has another type.` };
    }
    const ignored = fault === 'ignores-patch' || fault === (isLock(uri, change) ? 'lockdown-not-applied' : 'service-patch-ignored');
    if (!ignored) this.#resources.put(uri, merged(body, change));
    return null;
  }

  /** Why a change is refused while the BMC is locked; null when it is not, and for what lifts the lock. */
  refusal(method: string, uri: string, text: string): Refused | null {
    if (!this.locked()) return null;
    const body = parseObject(text);
    if (method === 'PATCH' && body !== null && isLock(uri, body)) return null;
    if (this.#resources.vendor.name !== 'dell')
      return { status: 403, messageId: 'SMC.1.0.OemSystemLockdown', message: 'The operation is refused: system lockdown is enabled.' };
    const job = /\/oem\/dell\/(?:jobs|delljobservice)\b/.test(keyOf(uri));
    const account = /\/accountservice\b/.test(keyOf(uri));
    return {
      status: 400,
      messageId: job ? 'IDRAC.2.7.JCP041' : account ? 'IDRAC.2.7.RAC095' : 'IDRAC.2.7.BIOS031',
      message: 'Unable to complete the operation because the System Lockdown mode is enabled.',
    };
  }

  locked(): boolean {
    const lock = this.lock();
    return lock !== null && at(this.#resources.json(lock.uri) ?? undefined, ...lock.path) === lock.on;
  }

  /** Where the lock is set; null where this BMC has none. */
  lock(): { readonly uri: string; readonly path: readonly string[]; readonly on: Json } | null {
    const { vendor } = this.#resources;
    const [uri, path, on] =
      vendor.name === 'dell'
        ? (['/redfish/v1/Managers/iDRAC.Embedded.1/Oem/Dell/DellAttributes/iDRAC.Embedded.1', ['Attributes', LOCK], 'Enabled'] as const)
        : (['/redfish/v1/Managers/1/Oem/Supermicro/SysLockdown', ['SysLockdownEnabled'], true] as const);
    const is = vendor.name === 'dell' || vendor.name === 'supermicro';
    return is && at(this.#resources.json(uri) ?? undefined, ...path) !== undefined ? { uri, path, on } : null;
  }

  /** Sets the lock, where there is one. */
  setLock(): void {
    const lock = this.lock();
    const [first = '', second] = lock?.path ?? [];
    const body = lock === null ? null : this.#resources.json(lock.uri);
    if (lock === null || body === null) return;
    const set = second === undefined ? lock.on : { ...objectIn(body, first), [second]: lock.on };
    this.#resources.put(lock.uri, { ...body, [first]: set });
  }

  /** Takes the lock away, as firmware or licence without one. */
  removeLock(): void {
    const lock = this.lock();
    if (lock === null) return;
    if (this.#resources.vendor.name !== 'dell') this.#resources.remove(lock.uri);
    else {
      const body = this.#resources.json(lock.uri) ?? {};
      const attributes = Object.entries(objectIn(body, 'Attributes')).filter(([name]) => name !== LOCK);
      this.#resources.put(lock.uri, { ...body, Attributes: Object.fromEntries(attributes) });
    }
  }

  /** The job that Dell's action names; null when it names none or the action is another. */
  jobOf(uri: string, text: string): string | null {
    const manager = /^(\/redfish\/v1\/Managers\/[^/]+)\/Oem\/Dell\/DellJobService\/Actions\/DellJobService\.DeleteJobQueue$/i.exec(
      uri,
    )?.[1];
    if (manager === undefined || this.#resources.vendor.name !== 'dell') return null;
    const job = `${manager}/Oem/Dell/Jobs/${textAt(parseObject(text) ?? undefined, 'JobID')}`;
    return this.#resources.json(job) === null ? null : job;
  }

  #kindOf(uri: string): Kind | undefined {
    return KINDS.find(({ place, of }) => of.includes(this.#resources.vendor.name) && place.test(keyOf(uri)));
  }
}

const LOCK = 'Lockdown.1.SystemLockdown';

/** True when a change touches the lock and nothing else. */
function isLock(uri: string, change: JsonObject): boolean {
  const names = leavesOf(change).map(([path]) => path.at(-1));
  const lock = DELL_ATTRIBUTES.test(keyOf(uri)) ? LOCK : SMC_LOCK.test(keyOf(uri)) ? 'SysLockdownEnabled' : null;
  return lock !== null && names.length > 0 && names.every((name) => name === lock);
}

function fits(property: string, name: string): boolean {
  return property.endsWith('/*') ? name.startsWith(property.slice(0, -1)) : property === name;
}

function leavesOf(change: JsonObject, under: readonly string[] = []): readonly (readonly [readonly string[], Json])[] {
  return Object.entries(change).flatMap(([name, value]) => {
    const path = [...under, name];
    return isObject(value) ? leavesOf(value, path) : [[path, value] as const];
  });
}

function merged(body: JsonObject, change: JsonObject): JsonObject {
  const changed = Object.entries(change).map(([name, value]): [string, Json] => [
    name,
    isObject(value) ? merged(objectIn(body, name), value) : value,
  ]);
  return { ...body, ...Object.fromEntries(changed) };
}

function objectIn(body: JsonObject, name: string): JsonObject {
  const value = body[name];
  return isObject(value) ? value : {};
}
