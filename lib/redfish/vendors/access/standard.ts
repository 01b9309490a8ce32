import type { AccessRoute, AccessSetting } from './setting.js';

const SCHEMA = 'DMTF schema bundle';

export const STANDARD_ROUTES: readonly AccessRoute[] = [
  { uri: '/redfish/v1/AccountService', source: `${SCHEMA}, AccountService` },
  { uri: '/redfish/v1/EventService', source: `${SCHEMA}, EventService` },
  { uri: '/redfish/v1/Managers/*/NetworkProtocol', source: `${SCHEMA}, ManagerNetworkProtocol` },
];

export const STANDARD_ACCESS: readonly AccessSetting[] = [
  {
    kind: 'trust',
    name: 'certificate for logins with a client certificate',
    uri: '/redfish/v1/AccountService/MultiFactorAuth/ClientCertificate/Certificates',
    each: true,
    path: ['CertificateString'],
    source: `${SCHEMA}, AccountService 1.12 MultiFactorAuth; openbmc/bmcweb redfish-core/lib/certificate_service.hpp`,
  },
  ...['LDAP', 'ActiveDirectory', 'ExternalAccountProviders/*', 'OAuth2', 'TACACSplus'].map((name): AccessSetting => ({
    kind: 'trust',
    name: 'authority of a directory',
    uri: `/redfish/v1/AccountService/${name}/Certificates`,
    each: true,
    path: ['CertificateString'],
    source: `${SCHEMA}, AccountService and ExternalAccountProvider`,
  })),
  {
    kind: 'community',
    name: 'SNMP community',
    uri: '/redfish/v1/Managers/*/NetworkProtocol',
    each: false,
    path: ['SNMP', 'CommunityStrings', '*', 'CommunityString'],
    source: `${SCHEMA}, ManagerNetworkProtocol 1.5 SNMP`,
  },
  ...['Managers', 'Systems'].map((owner): AccessSetting => ({
    kind: 'image',
    name: 'virtual media',
    uri: `/redfish/v1/${owner}/*/VirtualMedia`,
    each: true,
    path: ['Image'],
    source: `${SCHEMA}, VirtualMedia; NVIDIA/libredfish tests/mockups: below managers, systems or both`,
  })),
];
