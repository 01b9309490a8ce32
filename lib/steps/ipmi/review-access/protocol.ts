import type { Finding } from '../../../model/finding.js';
import { finding } from '../../planning.js';
import type { IpmiSurvey } from '../plan.js';

/** What holds for every BMC that let us in over IPMI as we came. */
export function protocolFindings(survey: IpmiSurvey): readonly Finding[] {
  const login = survey.look.shown.of({ name: 'mc guid' });
  return [
    finding(
      survey,
      'IPMI_RAKP_HASH',
      login,
      'IPMI 2.0 hands a hash of any user’s password to whoever asks (CVE-2013-4786), and no firmware mends it; take all passwords here for exposed, let only the jump host reach UDP 623, or turn IPMI over LAN off',
    ),
    noKey(survey),
  ];
}

/** A BMC with a key of its own takes no session from somebody who does not send one (IPMI 2.0, section 13.31). */
export function noKey(survey: IpmiSurvey): Finding {
  const login = survey.look.shown.of({ name: 'mc guid' });
  return finding(
    survey,
    'IPMI_NO_KG',
    login,
    'this login needed no key of the BMC: Kg is all zero; set one if IPMI over LAN has to stay on',
  );
}
