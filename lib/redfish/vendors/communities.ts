import type { PasswordRules } from '../../model/password.js';
import type { SecretPlace } from '../../model/secret-reference.js';

/** Where an SNMP community is set. It counts on every BMC that links to it, whoever it says made it. */
export interface CommunityFacts {
  /** The resource; `*` stands for one segment. */
  readonly uri: string;
  readonly place: SecretPlace;
  readonly rules: PasswordRules;
  /** Attributes that are `Enabled` where a user of SNMPv3 has keys of its own, which no GET shows; without them it goes by its password. */
  readonly hidden: RegExp;
  readonly source: string;
}

/**
 * Only what is known to take a PATCH and to show what it took. An iLO's `SnmpService.ReadCommunities` and the standard
 * `ManagerNetworkProtocol.SNMP.CommunityStrings` are lists, for which no source says what a PATCH of one element does to the others.
 */
export const COMMUNITIES: readonly CommunityFacts[] = [
  {
    uri: '/redfish/v1/Managers/*/Oem/Dell/DellAttributes/*',
    place: 'community',
    // racadm takes 31 characters; letters and digits are taken by every collector.
    rules: { minLength: 20, maxLength: 20, classes: ['lower', 'upper', 'digit'] },
    hidden: /^Users\.\d+\.EnableSNMPv3Passphrase$/,
    source:
      'dell/dellemc-openmanage-ansible-modules, module idrac_attributes: SNMP.1.AgentCommunity is set by PATCH of the attributes; NVIDIA/libredfish tests/mockups/dell (R750, iDRAC9 6.00.30.00): a GET shows it in clear',
  },
];
