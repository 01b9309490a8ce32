import type { Json } from '../lib/model/json.js';
import { at, isObject, memberUris, textAt, type JsonObject } from './json.js';
import type { State } from './state.js';
import type { Standing } from './truth.js';

/**
 * What an honest review of access tells of this BMC before anybody did anything: what is open from the factory, what looks planted and is not, and what
 * cannot be read. Told from the BMC's own side; no planner is asked.
 */
export function standingOf(state: State): readonly Standing[] {
  const managers = memberUris(state.resources.json('/redfish/v1/Managers'));
  return [...managers.flatMap((manager) => ofManager(state, manager)), ...ofAccounts(state)];
}

const UNLISTED = ['SSH', 'Telnet', 'IPMI', 'KVMIP', 'RFB', 'VirtualMedia', 'SNMP'];

function ofManager(state: State, uri: string): readonly Standing[] {
  const manager = state.resources.json(uri) ?? {};
  const [protocol, network] = linked(state, manager, 'NetworkProtocol');
  const isOn = UNLISTED.some((name) => at(network, name, 'ProtocolEnabled') === true);
  const doors = memberUris(linked(state, manager, 'HostInterfaces')[1]).filter(
    (door) => at(state.resources.json(door) ?? undefined, 'CredentialBootstrapping', 'Enabled') === true,
  );
  const groups = memberUris(linked(state, manager, 'Oem', 'Hpe', 'Links', 'FederationGroups')[1]);
  return [
    ...(isOn ? [{ finding: 'SESSIONS_NOT_LISTED', uri: protocol } as const] : []),
    ...doors.map((door) => ({ finding: 'HOST_BOOTSTRAP', uri: door }) as const),
    ...groups.map((group) => ({ finding: 'LOOKALIKE', uri: group }) as const),
    ...ofAttributes(state, `${uri}/Oem/Dell/DellAttributes/${uri.split('/').at(-1) ?? ''}`),
  ];
}

function ofAttributes(state: State, uri: string): readonly Standing[] {
  const attributes = at(state.resources.json(uri) ?? undefined, 'Attributes');
  if (!isObject(attributes)) return [];
  const hasNoKey = /^0+$/.test(textAt(attributes, 'IPMILan.1.EncryptionKey')) && attributes['IPMILan.1.Enable'] === 'Enabled';
  return [
    ...(attributes['SNMP.1.AgentCommunity'] === 'public' ? [{ finding: 'SNMP_COMMUNITY', uri } as const] : []),
    ...(hasNoKey ? [{ finding: 'IPMI_NO_KG', uri } as const] : []),
  ];
}

function ofAccounts(state: State): readonly Standing[] {
  const uri = '/redfish/v1/AccountService';
  const service = state.resources.json(uri) ?? {};
  const rows = ['LDAP', 'ActiveDirectory'].flatMap((name) =>
    listOf(at(service, name, 'RemoteRoleMapping')).filter((row) => isObject(row) && textAt(row, 'RemoteGroup') !== ''),
  );
  const link = textAt(service, 'AdditionalExternalAccountProviders', '@odata.id');
  const status = link === '' ? 404 : (state.resources.read(link)?.status ?? 404);
  return [
    ...rows.map(() => ({ finding: 'LOOKALIKE', uri }) as const),
    ...(status === 200 || status === 404 ? [] : [{ finding: 'ACCESS_UNREADABLE', uri: link } as const]),
  ];
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? Object.values<Json>(value) : [];
}

function linked(state: State, owner: JsonObject, ...path: readonly string[]): readonly [string, JsonObject] {
  const uri = textAt(owner, ...path, '@odata.id');
  return [uri, state.resources.json(uri) ?? {}];
}
