import type { AccessSetting, DoorKind, Lookalike } from './setting.js';

const SOURCE = 'NVIDIA/libredfish tests/mockups/dell (R750, iDRAC9 6.00.30.00), DellAttributes';

export const DELL_ACCESS: readonly AccessSetting[] = [
  attribute('destination', 'syslog server', 'SysLog.1.Server*'),
  attribute('destination', 'syslog server over TLS', 'SysLog.1.secureserver*'),
  attribute('destination', 'SNMP trap target', 'SNMPTrapIPv*.*.DestIPv*Addr'),
  attribute('destination', 'SNMP trap target', 'SNMPAlert.*.Destination'),
  attribute('destination', 'mail server for alerts', 'RemoteHosts.1.SMTPServerIPAddress'),
  attribute('destination', 'address for alerts by mail', 'EmailAlert.*.Address'),
  attribute('community', 'SNMP community', 'SNMP.1.AgentCommunity'),
  attribute('image', 'remote file share', 'RFS.*.Image'),
  attribute('console', 'virtual console', 'VirtualConsole.1.ActiveSessions'),
  attribute('console', 'virtual media', 'VirtualMedia.1.ActiveSessions'),
  attribute('console', 'VNC', 'VNCServer.1.ActiveSessions'),
];

/** An iDRAC shows its settings, one name each, in a resource beside its manager. */
function attribute(kind: DoorKind, name: string, property: string): AccessSetting {
  return {
    kind,
    name,
    uri: '/redfish/v1/Managers/*/Oem/Dell/DellAttributes/*',
    each: false,
    path: ['Attributes', property],
    source: SOURCE,
  };
}

export const DELL_LOOKALIKES: readonly Lookalike[] = [
  {
    what: 'account',
    name: /^ismtech$/,
    only: null,
    why: 'the host’s iDRAC Service Module makes it (ISM0041)',
    source: 'NVIDIA/libredfish tests/mockups/dell, EEMI registry 2.7.0, ISM0041',
  },
];
