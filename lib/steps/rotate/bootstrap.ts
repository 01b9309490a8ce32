import type { Finding } from '../../model/finding.js';
import { at, linkAt } from '../../redfish/json.js';
import { members, type Ground } from '../freeze/ground.js';
import { change, takes, type Path } from '../freeze/setting.js';
import { finding, type Numberless, type Proposal, type SectionProposal, type Survey } from '../planning.js';
import type { Reading } from '../reader.js';
import { unlocked } from './replace.js';

/** Whether the host is given an account now, and after the next reset; the later one first, so that no reset in between undoes it. */
const BOOTSTRAPS: readonly Path[] = [
  ['CredentialBootstrapping', 'EnableAfterReset'],
  ['CredentialBootstrapping', 'Enabled'],
];

/**
 * Keeps the host from being given accounts of the BMC, for good: secrets that are rotated while the host gets new ones for the asking are no secrets.
 * A freeze does it as well, and its release takes that back; nothing takes this back.
 */
export async function endBootstrap(survey: Survey, ground: Ground): Promise<Proposal> {
  const findings: Finding[] = [];
  const sections: SectionProposal[] = [];
  for (const manager of ground.managers) {
    const collection = linkAt(manager, 'HostInterfaces');
    for (const door of collection === null ? [] : await members(survey, collection)) {
      const [first, ...more] = BOOTSTRAPS.filter((path) => at(door.json ?? undefined, ...path) === true).map((path) => off(door, path));
      if (first === undefined) continue;
      if (takes(door, 'PATCH', true)) sections.push(await unlocked(survey, ground, { operations: [first, ...more], always: [] }));
      else findings.push(finding(survey, 'HOST_BOOTSTRAP', door, `the host is given accounts over ${door.uri}, which takes no change`));
    }
  }
  return { operations: [], findings, sections, ...(findings.length === 0 ? {} : { unsupported: 'SECRET_STAYS' }) };
}

function off(door: Reading, path: Path): Numberless {
  const line = `keep the host from being given accounts: ${path.join('/')} at ${door.uri} from true to false; nothing takes it back`;
  return { ...change(door, path, false, line), line, undo: null };
}
