/** A secret that a BMC holds and no GET shows, by a setting that stands beside it and is not empty where there is one. */
export interface HeldSecret {
  /**
   * `integration`: it opens another server to the BMC, and so to whoever holds the BMC. `way-in`: it opens the BMC, and no request is known that
   * replaces it.
   */
  readonly kind: 'integration' | 'way-in';
  /** For people, as `password of the mail server`. */
  readonly name: string;
  /** The resource; `*` stands for one segment. */
  readonly uri: string;
  /** The resource is a collection and each member has one. */
  readonly each: boolean;
  readonly path: readonly string[];
  readonly source: string;
}

const ACCOUNTS = '/redfish/v1/AccountService';
const MANAGER = '/redfish/v1/Managers/*';
const DELL = `${MANAGER}/Oem/Dell/DellAttributes/*`;
const DMTF = 'DMTF schema bundle';
const IDRAC = 'NVIDIA/libredfish tests/mockups/dell (R750, iDRAC9 6.00.30.00), DellAttributes';
const ILO = 'HewlettPackard/ilo-redfish-emulator mockups/DL380a (Gen11, iLO 6 1.66)';

/** Looked for on every BMC, whoever it says made it. */
export const HELD_SECRETS: readonly HeldSecret[] = [
  ...['LDAP', 'ActiveDirectory'].map((name) =>
    row('integration', `password of ${name}`, ACCOUNTS, [name, 'Authentication', 'Username'], `${DMTF}, AccountService Authentication`),
  ),
  row('integration', 'password of LDAP', DELL, ['Attributes', 'LDAP.1.BindDN'], `${IDRAC}: LDAP.1.BindPassword reads null`),
  row(
    'integration',
    'password of the mail server',
    DELL,
    ['Attributes', 'RemoteHosts.1.SMTPUserName'],
    `${IDRAC}: RemoteHosts.1.SMTPPassword reads null`,
  ),
  row(
    'integration',
    'password of the mail server',
    `${MANAGER}/NetworkProtocol`,
    ['Oem', 'Hpe', 'AlertMailSMTPAuthUser'],
    `${ILO}: AlertMailSMTPAuthPw reads null`,
  ),
  row('integration', 'password of the mail server', '/redfish/v1/EventService', ['SMTP', 'Username'], `${DMTF}, EventService 1.6 SMTP`),
  row(
    'integration',
    'secret of RADIUS',
    `${MANAGER}/Oem/Supermicro/RADIUS`,
    ['RadiusServer'],
    'stmcginnis/gofish oem/smc, RADIUS as its tests have it',
  ),
  {
    ...row('way-in', 'key of a federation group', `${MANAGER}/FederationGroups`, ['Name'], `${ILO}, Managers/1/FederationGroups`),
    each: true,
  },
  {
    ...row(
      'way-in',
      'token of an application account',
      `${ACCOUNTS}/Oem/Hpe/AppAccounts`,
      ['HostAppName'],
      'HPE iLO RESTful API documentation, iLO 7 application accounts; seen in no capture',
    ),
    each: true,
  },
];

function row(kind: HeldSecret['kind'], name: string, uri: string, path: readonly string[], source: string): HeldSecret {
  return { kind, name, uri, each: false, path, source };
}
