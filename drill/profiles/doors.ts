import { link, type JsonObject } from '../json.js';
import type { Shelf } from './shelf.js';

/** Services as each maker shows them in captures: what runs from the factory. */
const SERVICES = {
  dell: { on: ['HTTP', 'IPMI', 'KVMIP', 'SNMP', 'SSH', 'VirtualMedia'], off: ['Telnet', 'RFB'] },
  hpe: { on: ['HTTP', 'IPMI', 'KVMIP', 'SNMP', 'SSDP', 'SSH', 'VirtualMedia'], off: [] },
  lenovo: { on: ['HTTP', 'IPMI', 'KVMIP', 'SNMP', 'SSDP', 'SSH', 'VirtualMedia'], off: ['Telnet'] },
  supermicro: { on: ['HTTP', 'IPMI', 'KVMIP', 'SSDP', 'SSH', 'VirtualMedia'], off: ['SNMP'] },
  openbmc: { on: ['IPMI', 'SSH'], off: ['HTTP'] },
  generic: { on: ['IPMI', 'SSH'], off: [] },
} as const;

/** A clock that every generated BMC asks; nobody runs it. */
export const NTP_SERVER = '192.0.2.123';

/** The services of a manager and its interface for the host; returns their links. */
export function addDoors(shelf: Shelf, manager: string): JsonObject {
  const { name } = shelf.vendor;
  const { on, off } = SERVICES[name];
  const all = (names: readonly string[], ProtocolEnabled: boolean): [string, JsonObject][] =>
    names.map((one) => [one, { ProtocolEnabled }]);
  shelf.add(`${manager}/NetworkProtocol`, 'ManagerNetworkProtocol.v1_8_0', 'Network Protocol', {
    HTTPS: { ProtocolEnabled: true, Port: 443 },
    ...Object.fromEntries([...all(on, true), ...all(off, false)]),
    NTP: { ProtocolEnabled: true, NTPServers: [NTP_SERVER] },
    HTTPSCertificates: link(`${manager}/NetworkProtocol/HTTPS/Certificates`),
    ...(name === 'hpe' ? { Oem: { Hpe: { KcsEnabled: true, FederationEnabled: true } } } : {}),
  });
  addCertificate(shelf, `${manager}/NetworkProtocol/HTTPS/Certificates`);
  const bootstraps = name !== 'dell' && name !== 'hpe';
  const door = shelf.add(`${manager}/HostInterfaces/1`, 'HostInterface.v1_3_0', 'Host Interface', {
    HostInterfaceType: 'NetworkHostInterface',
    ExternallyAccessible: false,
    InterfaceEnabled: bootstraps,
    ...(bootstraps ? { CredentialBootstrapping: { Enabled: true, EnableAfterReset: true, RoleId: 'Administrator' } } : {}),
  });
  return {
    NetworkProtocol: link(`${manager}/NetworkProtocol`),
    HostInterfaces: link(shelf.collection(`${manager}/HostInterfaces`, 'HostInterface', [door])),
  };
}

/** The certificate of the web server, of which the BMC itself knows what it serves, and the actions that make another. */
function addCertificate(shelf: Shelf, collection: string): void {
  const { name, certificates } = shelf.vendor;
  const id = name === 'dell' ? 'SecurityCertificate.1' : '1';
  const shown = { CertificateType: 'PEM', CertificateString: '', KeyUsage: ['KeyEncipherment', 'ServerAuthentication'] };
  const members = certificates === null ? [] : [shelf.add(`${collection}/${id}`, 'Certificate.v1_3_0', 'HTTPS Certificate', shown)];
  shelf.collection(collection, 'Certificate', members);
  if (certificates === null || name === 'hpe') return;
  const target = (action: string): JsonObject => ({ target: `/redfish/v1/CertificateService/Actions/CertificateService.${action}` });
  shelf.add('/redfish/v1/CertificateService', 'CertificateService.v1_0_4', 'Certificate Service', {
    Actions: {
      '#CertificateService.GenerateCSR': target('GenerateCSR'),
      '#CertificateService.ReplaceCertificate': target('ReplaceCertificate'),
    },
  });
}
