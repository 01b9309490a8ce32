import type { AccessRoute, AccessSetting, DoorKind, Lookalike } from './setting.js';

const CAPTURE = 'HewlettPackard/ilo-redfish-emulator mockups/DL380a (Gen11, iLO 6 1.66)';
const MANAGER = '/redfish/v1/Managers/*';
const SECURITY = `${MANAGER}/SecurityService`;

export const HPE_ROUTES: readonly AccessRoute[] = [
  { uri: SECURITY, source: `${CAPTURE}, Managers/1/SecurityService` },
  { uri: `${SECURITY}/CertificateAuthentication`, source: `${CAPTURE}, Managers/1/SecurityService/CertificateAuthentication` },
  { uri: `${SECURITY}/SSO`, source: `${CAPTURE}, Managers/1/SecurityService/SSO` },
  { uri: `${MANAGER}/SnmpService`, source: `${CAPTURE}, Managers/1/SnmpService` },
];

export const HPE_ACCESS: readonly AccessSetting[] = [
  members('mapping', 'certificate mapped to a user', '/redfish/v1/AccountService/UserCertificateMapping', 'Fingerprint'),
  members('trust', 'authority for logins with a certificate', `${SECURITY}/CertificateAuthentication/CACertificates`, 'CertificateString'),
  members('trust', 'authority for event receivers', '/redfish/v1/EventService/CACertificates', 'CertificateString'),
  setting('trust', 'server trusted for single sign-on', `${SECURITY}/SSO`, ['ManagerTrusts', '*', 'ServerName']),
  setting('directory', 'Kerberos realm', '/redfish/v1/AccountService', ['Oem', 'Hpe', 'KerberosSettings', 'KerberosRealm']),
  network('address for alerts by mail', 'AlertMailEmail'),
  setting('community', 'SNMP community', `${MANAGER}/SnmpService`, ['ReadCommunities', '*']),
  members('snmp-user', 'SNMP user', `${MANAGER}/SnmpService/SNMPUsers`, 'SecurityName'),
];

function setting(kind: DoorKind, name: string, uri: string, path: readonly string[]): AccessSetting {
  return {
    kind,
    name,
    uri,
    each: false,
    path,
    source: `${CAPTURE}, ${uri.split('/').at(-1) ?? ''}; HPE iLO schemas; where the capture is empty, names of members and of trusted servers were seen in no capture`,
  };
}

function members(kind: DoorKind, name: string, uri: string, property: string): AccessSetting {
  return { ...setting(kind, name, uri, [property]), each: true };
}

function network(name: string, property: string): AccessSetting {
  return setting('destination', name, `${MANAGER}/NetworkProtocol`, ['Oem', 'Hpe', property]);
}

export const HPE_LOOKALIKES: readonly Lookalike[] = [
  {
    what: 'role-map',
    name: /^(?:Administrators|Authenticated Users:S-1-5-11)$/,
    only: null,
    why: 'an iLO leaves the factory with it, and it is worth nothing while no directory is on',
    source: `${CAPTURE}, AccountService: both rows of LDAP and ActiveDirectory, ServiceEnabled false`,
  },
  {
    what: 'federation',
    name: /^DEFAULT$/,
    only: ['LoginPriv'],
    why: 'an iLO leaves the factory with it; its key is known to everybody, and it may look and no more',
    source: `${CAPTURE}, Managers/1/FederationGroups/DEFAULT`,
  },
  {
    what: 'app-account',
    name: /^(?:AMS|iSUT|SUM|iLORest)$/i,
    only: null,
    why: 'the maker’s own tools on the host log in with it',
    source:
      'HPE iLO RESTful API documentation, iLO 7 application accounts: AMS, iSUT, SUM and iLOrest by name; their spelling was seen in no capture',
  },
];
