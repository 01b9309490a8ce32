import type { AccessSetting, DoorKind } from './setting.js';

const SOURCE = 'Lenovo OEM schemas, LenovoSNMPProtocol among them, by their listed names; the paths were seen in no capture';
const NETWORK = '/redfish/v1/Managers/*/NetworkProtocol';

export const LENOVO_ACCESS: readonly AccessSetting[] = [
  row('community', 'SNMP community', NETWORK, false, ['Oem', 'Lenovo', 'SNMP', 'CommunityNames', '*']),
  row('key', 'SSH key', '/redfish/v1/AccountService/Accounts', true, ['Oem', 'Lenovo', 'SSHPublicKey', '*']),
];

function row(kind: DoorKind, name: string, uri: string, each: boolean, path: readonly string[]): AccessSetting {
  return { kind, name, uri, each, path, source: SOURCE };
}
