import type { FindingCode } from '../lib/model/finding.js';
import type { Json } from '../lib/model/json.js';
import { isObject, link, memberUris, textAt, withMembers, type JsonObject } from './json.js';
import type { Random } from './random.js';
import type { State } from './state.js';
import type { DoorKind, Planted } from './truth.js';

/** One way to stay that no list of accounts shows: what it changes on a BMC, and where an honest review finds it. */
interface Door {
  readonly kind: DoorKind;
  readonly finding: FindingCode;
  /** Leaves it there and returns the resource that shows it. */
  readonly plant: (state: State, address: string, random: Random) => string;
}

const SERVICE = '/redfish/v1/AccountService';
const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nMIIBdrill\n-----END CERTIFICATE-----\n';

/** By maker, what that maker's BMCs have; each is another code or another resource, so that none stands for another. */
const DOORS: Readonly<Record<State['vendor']['name'], readonly Door[]>> = {
  dell: [
    set('syslog-target', 'UNKNOWN_DESTINATION', attributes, (address) => ({ Attributes: { 'SysLog.1.Server2': address } })),
    set('console-session', 'CONSOLE_SESSION', attributes, () => ({ Attributes: { 'VirtualConsole.1.ActiveSessions': 1 } })),
    set('mounted-media', 'MEDIA_MOUNTED', media, (address) => ({ Inserted: true, Image: `http://${address}/boot.iso` })),
    set('directory', 'UNKNOWN_DIRECTORY', service, (address) => provider('ActiveDirectory', address, [])),
    set('nameless-slot', 'IPMI_ANONYMOUS_USER', freeSlot, () => ({ Enabled: true, RoleId: 'Administrator' })),
  ],
  hpe: [
    member(
      'mapped-certificate',
      'CERTIFICATE_MAPPED',
      [SERVICE, 'Oem', 'Hpe', 'UserCertificateMapping'],
      `${SERVICE}/UserCertificateMapping`,
      (_, random) => ({
        Fingerprint: random.hex(64),
        FingerprintDigestAlgorithm: 'SHA256',
        UserName: 'Administrator',
      }),
    ),
    member(
      'federation-group',
      'UNKNOWN_FEDERATION',
      ['/redfish/v1/Managers/1', 'Oem', 'Hpe', 'Links', 'FederationGroups'],
      '/redfish/v1/Managers/1/FederationGroups',
      () => ({
        Name: 'fleet-sync',
        Privileges: { LoginPriv: true, UserConfigPriv: true },
      }),
    ),
    member('app-account', 'UNKNOWN_APP_ACCOUNT', [SERVICE, 'Oem', 'Hpe', 'AppAccounts'], `${SERVICE}/Oem/Hpe/AppAccounts`, () => ({
      HostAppName: 'updatectl',
    })),
    set('mail-target', 'UNKNOWN_DESTINATION', network, (address) => ({ Oem: { Hpe: { AlertMailSMTPServer: address } } })),
    member(
      'snmp-user',
      'UNKNOWN_SNMP_USER',
      ['/redfish/v1/Managers/1/SnmpService', 'SNMPUsers'],
      '/redfish/v1/Managers/1/SnmpService/SNMPUsers',
      () => ({ SecurityName: 'poller9' }),
    ),
    set(
      'trap-target',
      'UNKNOWN_DESTINATION',
      () => '/redfish/v1/Managers/1/SnmpService',
      (address) => ({ AlertDestinations: [address, null] }),
    ),
  ],
  lenovo: [
    member(
      'alert-recipient',
      'UNKNOWN_DESTINATION',
      ['/redfish/v1/Managers/1', 'Oem', 'Lenovo', 'Recipients'],
      '/redfish/v1/Managers/1/Oem/Lenovo/Recipients',
      (address) => ({ Address: `ops@${address}` }),
    ),
    set(
      'inline-key',
      'UNKNOWN_KEY',
      (state) => state.accounts.all()[0]?.uri ?? '',
      () => ({ Oem: { Lenovo: { SSHPublicKey: ['ssh-ed25519 AAAAdrill', '', '', ''] } } }),
    ),
    set('token-issuer', 'UNKNOWN_DIRECTORY', service, (address) => ({
      OAuth2: { ServiceEnabled: true, OAuth2Service: { Issuer: `https://${address}/` } },
    })),
    set(
      'role-privileges',
      'ROLE_PRIVILEGES',
      () => `${SERVICE}/Roles/ReadOnly`,
      () => ({ AssignedPrivileges: ['Login', 'ConfigureSelf', 'ConfigureUsers'] }),
    ),
  ],
  supermicro: [
    oem('radius-server', 'UNKNOWN_DIRECTORY', 'RADIUS', (address) => ({ RadiusEnabled: true, RadiusServer: address })),
    oem('syslog-target', 'UNKNOWN_DESTINATION', 'Syslog', (address) => ({ EnableSyslog: true, SyslogServer: address })),
    set('snmp-community', 'SNMP_COMMUNITY', network, (_, random) => ({
      SNMP: { CommunityStrings: [{ CommunityString: random.hex(12), AccessMode: 'Full' }] },
    })),
    set(
      'event-headers',
      'SUBSCRIPTION_HEADERS',
      () => '/redfish/v1/EventService/Subscriptions/1',
      () => ({ HttpHeaders: [{ 'X-Forward-To': 'elsewhere' }] }),
    ),
  ],
  openbmc: [
    member(
      'trust-anchor',
      'UNKNOWN_TRUST_ANCHOR',
      ['/redfish/v1/Managers/bmc', 'Oem', 'OpenBmc', 'Certificates'],
      '/redfish/v1/Managers/bmc/Truststore/Certificates',
      () => ({ CertificateString: CERTIFICATE }),
    ),
    member(
      'client-certificate',
      'UNKNOWN_TRUST_ANCHOR',
      [SERVICE, 'MultiFactorAuth', 'ClientCertificate', 'Certificates'],
      `${SERVICE}/MultiFactorAuth/ClientCertificate/Certificates`,
      () => ({ CertificateString: `${CERTIFICATE}2` }),
    ),
    set('role-map', 'UNKNOWN_ROLE_MAP', service, () => ({
      LDAP: { ServiceEnabled: false, RemoteRoleMapping: [{ RemoteGroup: 'cn=ops', LocalRole: 'Administrator' }] },
    })),
    set('mounted-media', 'MEDIA_MOUNTED', media, (address) => ({ Inserted: true, Image: `nfs://${address}/exports/boot.iso` })),
    member(
      'dynamic-extension',
      'DYNAMIC_EXTENSION',
      ['/redfish/v1', 'DynamicExtension'],
      '/redfish/v1/DynamicExtension/RedfishExtensions',
      () => ({ Name: 'telemetry-helper' }),
    ),
  ],
  generic: [],
};

/** Leaves everything that this maker's BMC can hold. */
export function plantDoors(state: State, address: string, random: Random): readonly Planted[] {
  const userName = state.accounts.all().find((account) => account.userName !== '')?.userName ?? 'root';
  return DOORS[state.vendor.name].map(({ kind, finding, plant }) => {
    const uri = plant(state, address, random);
    state.record({ what: 'configuration-changed', userName, address, about: uri });
    return { kind, uri, finding, userName: null };
  });
}

function set(
  kind: DoorKind,
  finding: FindingCode,
  where: (state: State) => string,
  what: (address: string, random: Random) => JsonObject,
): Door {
  return {
    kind,
    finding,
    plant(state, address, random) {
      const uri = where(state);
      state.resources.put(uri, merged(state.resources.json(uri) ?? { '@odata.id': uri, Name: kind }, what(address, random)));
      return uri;
    },
  };
}

/** A new member of a collection, which is made and linked to where there is none. */
function member(
  kind: DoorKind,
  finding: FindingCode,
  [owner, ...path]: readonly [string, ...string[]],
  collection: string,
  what: (address: string, random: Random) => JsonObject,
): Door {
  return {
    kind,
    finding,
    plant(state, address, random) {
      const { resources } = state;
      const uri = `${collection}/${kind}`;
      const list = resources.json(collection) ?? { '@odata.id': collection, Name: kind };
      resources.put(collection, withMembers(list, [...memberUris(list), uri].map(link)));
      resources.put(owner, merged(resources.json(owner) ?? owned(state, owner), nested(path, link(collection))));
      resources.put(uri, { '@odata.id': uri, Id: kind, ...what(address, random) });
      return uri;
    },
  };
}

/** A resource that the generated BMC lacks, below its manager, which links to it from then on. */
function owned(state: State, uri: string): JsonObject {
  const manager = uri.slice(0, uri.lastIndexOf('/'));
  state.resources.put(manager, merged(state.resources.json(manager) ?? {}, { Oem: { Hpe: { Links: { SNMPService: link(uri) } } } }));
  return { '@odata.id': uri, Name: 'SNMP Service' };
}

function oem(kind: DoorKind, finding: FindingCode, name: string, what: (address: string) => JsonObject): Door {
  const uri = `/redfish/v1/Managers/1/Oem/Supermicro/${name}`;
  return {
    kind,
    finding,
    plant(state, address) {
      const manager = '/redfish/v1/Managers/1';
      state.resources.put(manager, merged(state.resources.json(manager) ?? {}, { Oem: { Supermicro: { [name]: link(uri) } } }));
      state.resources.put(uri, { '@odata.id': uri, Name: name, ...what(address) });
      return uri;
    },
  };
}

function provider(name: string, address: string, rows: readonly Json[]): JsonObject {
  return { [name]: { ServiceEnabled: true, ServiceAddresses: [address], RemoteRoleMapping: [...rows] } };
}

function service(): string {
  return SERVICE;
}

function managerOf({ resources }: State): string {
  return memberUris(resources.json('/redfish/v1/Managers'))[0] ?? '';
}

function attributes(state: State): string {
  return `${managerOf(state)}/Oem/Dell/DellAttributes/iDRAC.Embedded.1`;
}

function network(state: State): string {
  return `${managerOf(state)}/NetworkProtocol`;
}

function media(state: State): string {
  return `${managerOf(state)}/VirtualMedia/CD`;
}

function freeSlot(state: State): string {
  return state.accounts.all().findLast(({ uri }) => textAt(state.resources.json(uri) ?? undefined, 'UserName') === '')?.uri ?? '';
}

function nested(path: readonly string[], value: Json): JsonObject {
  const [name = '', ...rest] = path;
  return { [name]: rest.length === 0 ? value : nested(rest, value) };
}

function merged(body: JsonObject, change: JsonObject): JsonObject {
  const fields = Object.entries(change).map(([name, value]): [string, Json] => {
    const now = body[name];
    return [name, isObject(value) && isObject(now) ? merged(now, value) : value];
  });
  return { ...body, ...Object.fromEntries(fields) };
}
