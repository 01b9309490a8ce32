import type { Json } from '../../model/json.js';

/** How one maker's BMCs come to a new TLS key. Nothing here is sent unless the BMC offers the actions. */
export interface CertificateFacts {
  /** The resource that offers the actions; `*` is the manager's own segment. */
  readonly service: string;
  /** Names of the actions after `#`. */
  readonly request: string;
  readonly install: string;
  /** How the request's parameters are called, and which others are sent along. The standard's takes the collection of the certificate as well. */
  readonly parameters: {
    readonly organization: string;
    readonly organizationalUnit: string;
    readonly names: string | null;
    readonly more: Readonly<Record<string, Json>>;
  };
  /** Where the service resource tells the request, when it is ready; null: the action's answer does. */
  readonly told: string | null;
  /** What the install action calls the certificate; the standard's takes its type and the one that it replaces as well. */
  readonly property: 'CertificateString' | 'Certificate';
  /** Up to this firmware the certificate that is replaced is named by plain text, no object; null: never. */
  readonly textUpTo: string | null;
  /** When the new certificate is served: at once, after a start that the BMC makes by itself, or after a reset that it is told to make. */
  readonly served: 'at-once' | 'restarts' | 'after-reset';
  /** Settings that allow old versions of TLS. */
  readonly tls: readonly TlsSetting[];
  readonly traps: string;
  readonly source: string;
}

/** One setting, names with `/` between them, of a resource that a manager links to; `*` stands for one segment. */
export interface TlsSetting {
  readonly uri: string;
  readonly property: string;
  /** Values under which no version before 1.2 is spoken. */
  readonly good: readonly Json[];
  /** What to set it to; null: nothing that is known to be taken by every firmware. */
  readonly set: Json;
  /** The registry of attributes in which the BMC itself lists what it takes, and which of that is wanted, in this order; null: there is none. */
  readonly listed: { readonly registry: string; readonly attribute: string; readonly wanted: readonly string[] } | null;
  readonly source: string;
}

const DSP2046 = 'DMTF CertificateService schema 1.0.4, GenerateCSR and ReplaceCertificate';
const DELL_CAPTURE = 'NVIDIA/libredfish tests/mockups/dell (R750, iDRAC9 6.00.30.00)';
const HPE_CAPTURE = 'HewlettPackard/ilo-redfish-emulator mockups/DL380a (iLO 6 1.66)';

export const STANDARD_CERTIFICATES: CertificateFacts = {
  service: '/redfish/v1/CertificateService',
  request: 'CertificateService.GenerateCSR',
  install: 'CertificateService.ReplaceCertificate',
  parameters: { organization: 'Organization', organizationalUnit: 'OrganizationalUnit', names: 'AlternativeNames', more: {} },
  told: null,
  property: 'CertificateString',
  textUpTo: null,
  // Nothing says when: that it may start again is what a person should expect.
  served: 'restarts',
  tls: [],
  traps: 'a request whose answer is lost is lost: a new one makes another key',
  source: DSP2046,
};

export const OPENBMC_CERTIFICATES: CertificateFacts = {
  ...STANDARD_CERTIFICATES,
  served: 'at-once',
  traps: 'the web server is started again, which may cut the answer off',
  source: `${DSP2046}; openbmc/phosphor-certificate-manager certificate.cpp: reloads the unit of the web server`,
};

export const DELL_CERTIFICATES: CertificateFacts = {
  ...STANDARD_CERTIFICATES,
  textUpTo: '5.00.00.00',
  served: 'after-reset',
  tls: [
    {
      uri: '/redfish/v1/Managers/*/Oem/Dell/DellAttributes/*',
      property: 'Attributes/WebServer.1.TLSProtocol',
      good: ['TLS 1.2 Only', 'TLS 1.2 and Higher', 'TLS 1.3 Only'],
      // Which of the spellings a firmware takes is in its own registry, and in no other source.
      set: null,
      listed: {
        registry: '/redfish/v1/Registries/ManagerAttributeRegistry',
        attribute: 'WebServer.1.TLSProtocol',
        wanted: ['TLS 1.2 and Higher', 'TLS 1.2 Only'],
      },
      source: `${DELL_CAPTURE}, DellAttributes and the place of the registry, which it does not hold; dell/iDRAC-Redfish-Scripting, which compares the values; dell/omsdk, enums of iDRAC, which has TLS 1.2 Only; dell/terraform-provider-redfish, which sends people to the registry for allowed values`,
    },
  ],
  traps: 'until it is reset it serves the old certificate; DellCertificateService.GetLastGeneratedCSR would tell a request once more',
  source: `${DELL_CAPTURE}, CertificateService; dell/iDRAC-Redfish-Scripting ReplaceCertificateREDFISH`,
};

export const HPE_CERTIFICATES: CertificateFacts = {
  service: '/redfish/v1/Managers/*/SecurityService/HttpsCert',
  request: 'HpeHttpsCert.GenerateCSR',
  install: 'HpeHttpsCert.ImportCertificate',
  parameters: { organization: 'OrgName', organizationalUnit: 'OrgUnit', names: null, more: { IncludeIP: true } },
  told: '/CertificateSigningRequest',
  property: 'Certificate',
  textUpTo: null,
  served: 'restarts',
  tls: (['TLS1_0', 'TLS1_1'] as const).map((version) => ({
    uri: '/redfish/v1/Managers/*/SecurityService',
    property: `TLSVersion/${version}`,
    good: ['Disabled'],
    set: 'Disabled',
    listed: null,
    source: `${HPE_CAPTURE}, SecurityService and its schema; refused with UnsupportedOperationWeakCipherDisabled while weak ciphers are off`,
  })),
  traps:
    'a request takes up to ten minutes, and an earlier one stands there until then; an import resets the iLO; both are refused while certificate enrollment is on',
  source: `${HPE_CAPTURE}, HttpsCert, its schema and the iLO registry; hpe-redfish documentation, security service`,
};

export const LENOVO_CERTIFICATES: CertificateFacts = {
  ...STANDARD_CERTIFICATES,
  served: 'after-reset',
  traps: 'that it serves the new certificate only after a reset is a careful guess',
  source: `${DSP2046}; the reset is in no public source that we found`,
};
