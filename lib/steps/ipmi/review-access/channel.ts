import type { Channel } from '../../../ipmi/commands.js';
import { lanIn, suitesIn, type Lan } from '../../../ipmi/parse/lan.js';
import type { Finding } from '../../../model/finding.js';
import { StepError } from '../../error.js';
import { finding } from '../../planning.js';
import type { IpmiSurvey } from '../plan.js';
import type { Shown } from '../reader.js';

const DEFAULT_COMMUNITY = 'public';

/** What one LAN channel's settings let in, from its own words: nothing is tried. */
export function reviewChannel(survey: IpmiSurvey, shown: Shown, channel: Channel): readonly Finding[] {
  const print = shown.of({ name: 'lan print', channel });
  const ciphers = shown.of({ name: 'channel getciphers ipmi', channel });
  const lan = lanIn(print);
  if (lan === null) throw new StepError('UNREADABLE', `${print.uri} of ${survey.target.id} does not show the settings of a LAN channel`);
  const suites = suitesIn(ciphers);
  if (lan.suites === null && suites === null)
    throw new StepError('UNREADABLE', `${survey.target.id} tells no cipher suites of channel ${String(channel)}`);
  const where = `channel ${String(channel)}`;
  const findings: Finding[] = [];
  if (isZeroEnabled(lan, suites)) {
    const advice = `${where} takes cipher suite 0: anybody is any user there, without a password (CVE-2013-4782); set its privilege to X: ipmitool lan set ${String(channel)} cipher_privs`;
    findings.push(finding(survey, 'IPMI_CIPHER_ZERO', lan.suites?.includes(0) === true ? print : ciphers, advice));
  }
  if (lan.authenticationTypes.length > 0) {
    const none = lan.authenticationTypes.includes('NONE') ? ', among them NONE, which asks for no password' : '';
    const advice = `${where} enables logins over IPMI 1.5 (${lan.authenticationTypes.join(' ')})${none}; nothing of them is encrypted: disable all its authentication types`;
    findings.push(finding(survey, 'IPMI_15_ENABLED', print, advice));
  }
  if (lan.community === DEFAULT_COMMUNITY)
    findings.push(finding(survey, 'IPMI_DEFAULT_COMMUNITY', print, `${where} has the SNMP community "public"; set another one`));
  return findings;
}

/**
 * The letters of `lan print` go by the suites of its own list. A suite that only `channel getciphers` lists has no letter, and is taken for
 * enabled: ipmi_sim lists 0 there alone, and lets in who asks for it.
 */
function isZeroEnabled({ suites, suitePrivileges }: Lan, offered: readonly number[] | null): boolean {
  const at = suites?.indexOf(0) ?? -1;
  if (at >= 0) return suitePrivileges?.[at] !== 'X';
  return offered?.includes(0) === true;
}
