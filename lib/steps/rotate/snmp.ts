import type { Finding } from '../../model/finding.js';
import type { Send } from '../../model/operation.js';
import { valueAtPlace, withSecretOf } from '../../model/secret-reference.js';
import { destroysOf } from '../../operations/effect.js';
import { at, isObject, linkAt } from '../../redfish/json.js';
import { COMMUNITIES, type CommunityFacts } from '../../redfish/vendors/communities.js';
import type { Ground } from '../freeze/ground.js';
import { takes, type Path } from '../freeze/setting.js';
import { finding, quoted, type OwnSecret, type Proposal, type SectionProposal, type Survey, type TargetSecret } from '../planning.js';
import type { Reading } from '../reader.js';
import { patientOperation } from '../patient-operation.js';
import { isOpen, offForGood } from './for-good.js';
import { newReference, section, shutOut } from './replace.js';

/**
 * SNMP, where it runs: a community that somebody is listed to use is replaced where the BMC takes one and shows what it took; SNMP that nobody is listed
 * to use is turned off, and stays so. What can be neither stays, and the step says so.
 */
export async function rotateSnmp(survey: Survey, ground: Ground, { snmp }: OwnSecret): Promise<Proposal> {
  const running = await runningOn(survey, ground);
  if (running.length === 0) return { operations: [], findings: [] };
  return snmp === null ? turnOff(survey, ground, running) : replaceCommunity(survey, ground, snmp, running);
}

const SWITCH: Path = ['SNMP', 'ProtocolEnabled'];

/** The network services of managers on which SNMP answers, or will after the release. */
async function runningOn(survey: Survey, { managers }: Ground): Promise<readonly Reading[]> {
  const running: Reading[] = [];
  for (const manager of managers) {
    const uri = linkAt(manager, 'NetworkProtocol');
    const protocol = uri === null ? null : await survey.reader.get(uri);
    if (protocol !== null && isOpen(survey, protocol, SWITCH)) running.push(protocol);
  }
  return running;
}

async function turnOff(survey: Survey, ground: Ground, running: readonly Reading[]): Promise<Proposal> {
  const findings: Finding[] = [];
  const sections: SectionProposal[] = [];
  for (const protocol of running)
    if (ground.vendor.freeze.services.includes('SNMP') && takes(protocol, 'PATCH', true))
      sections.push(await offForGood(survey, ground, protocol, [SWITCH], NOBODY));
    else findings.push(finding(survey, 'SECRET_STAYS', protocol, STAYS_ON));
  return { operations: [], findings, sections, ...(findings.length === 0 ? {} : { unsupported: 'SECRET_STAYS' }) };
}

const STAYS_ON =
  'SNMP runs, nobody is listed to use it, and it cannot be turned off over Redfish at once: its communities and keys stay as they are; close it in the network';

const NOBODY = 'turn SNMP off, since the inventory lists nobody who uses it (allow.snmp)';

async function replaceCommunity(survey: Survey, ground: Ground, secret: TargetSecret, running: readonly Reading[]): Promise<Proposal> {
  const sections: SectionProposal[] = [];
  const findings: Finding[] = [];
  for (const facts of COMMUNITIES)
    for (const uri of ground.known(facts.uri)) {
      const shown = await survey.reader.get(uri);
      if (isShown(shown, facts)) sections.push(await replacing(survey, ground, secret, facts, uri));
      if (hasHidden(shown, facts)) findings.push(finding(survey, 'SECRET_STAYS', shown, HIDDEN));
    }
  // One community for several places would be several secrets under one reference.
  const [only, ...more] = sections;
  if (only !== undefined && more.length === 0)
    return { operations: [], findings, sections: [only], ...(findings.length === 0 ? {} : { unsupported: 'SECRET_STAYS' }) };
  return { operations: [], findings: running.map((one) => stays(survey, secret, one)), unsupported: 'SECRET_STAYS' };
}

function isShown({ status, json }: Reading, { place }: CommunityFacts): boolean {
  const now = valueAtPlace(json ?? undefined, place);
  return status === 200 && typeof now === 'string' && /[^*]/.test(now);
}

function hasHidden({ json }: Reading, { hidden }: CommunityFacts): boolean {
  const settings = at(json ?? undefined, 'Attributes');
  return isObject(settings) && Object.entries(settings).some(([name, value]) => hidden.test(name) && value === 'Enabled');
}

const HIDDEN =
  'users of SNMPv3 have keys of their own here, which nobody can read back: they stay as they are; take them for known, and set others by hand';

function replacing(
  survey: Survey,
  ground: Ground,
  secret: TargetSecret,
  { place, rules }: CommunityFacts,
  uri: string,
): Promise<SectionProposal> {
  const ref = newReference(secret, survey.target);
  const send: Send = { kind: 'redfish', method: 'PATCH', uri, body: withSecretOf(ref, {}, place) };
  const users = shutOut(survey.target.allow.snmp?.usedBy ?? '', ref);
  const set = {
    ...patientOperation(send, `set the SNMP community at ${uri} to that secret, and see it there; ${users}`),
    destroys: destroysOf(send),
  };
  return section(survey, ground, { ref, userName: COMMUNITY_NAME, rules, holders: [] }, [set]);
}

/** A community is no login; its record has a name all the same. */
const COMMUNITY_NAME = 'snmp';

function stays(survey: Survey, { ref }: TargetSecret, shown: Reading): Finding {
  const advice = `SNMP runs for ${quoted(survey.target.allow.snmp?.usedBy ?? '')}, and no way is known by which this BMC takes a new community and shows it: ${ref} stays as it is; take it for known, and set another by hand`;
  return finding(survey, 'SECRET_STAYS', shown, advice);
}
