import type { Finding } from '../../model/finding.js';
import type { Operation } from '../../model/operation.js';
import { at, linkAt } from '../../redfish/json.js';
import type { DoorFacts } from '../../redfish/vendors/vendor.js';
import { canonical } from '../../trust/canonical.js';
import { finding, joined, type Proposal, type Survey } from '../planning.js';
import type { Reading } from '../reader.js';
import { members, type Ground } from './ground.js';
import { change, pathOf, takes, type Path } from './setting.js';

/** What lets the host in, or gives it an account; a BMC that its host owns is reached without any network. */
const HOST_INTERFACE: readonly (readonly [Path, string])[] = [
  [['CredentialBootstrapping', 'EnableAfterReset'], 'keep the host from getting an account after a reset'],
  [['CredentialBootstrapping', 'Enabled'], 'keep the host from getting an account'],
  [['InterfaceEnabled'], 'close the network between host and BMC'],
];

/** Closes the ways from the host into its BMC. */
export async function closeDoors(survey: Survey, ground: Ground): Promise<Proposal> {
  const { managers, vendor } = ground;
  const proposals: Proposal[] = [];
  for (const manager of managers) {
    const collection = linkAt(manager, 'HostInterfaces');
    for (const door of collection === null ? [] : await members(survey, collection)) proposals.push(ofInterface(survey, door));
  }
  for (const door of vendor.freeze.doors) proposals.push(await ofMaker(survey, ground, door));
  return joined([...proposals, { operations: [], findings: leftOpen(survey, ground) }]);
}

function ofInterface(survey: Survey, door: Reading): Proposal {
  if (door.status !== 200)
    return open(survey, door, `${door.uri} answers ${String(door.status)}: whether the host gets in there is not known`);
  const wide = HOST_INTERFACE.filter(([path]) => at(door.json ?? undefined, ...path) === true);
  if (wide.length > 0 && !takes(door, 'PATCH', true))
    return open(survey, door, `the host can reach the BMC over ${door.uri}, which takes no change`);
  return { findings: [], operations: wide.map(([path, what]) => change(door, path, false, what)) };
}

async function ofMaker(survey: Survey, { known }: Ground, { name, uri, property, closed }: DoorFacts): Promise<Proposal> {
  const path = pathOf(property);
  const operations: Omit<Operation, 'n'>[] = [];
  const findings: Finding[] = [];
  for (const place of known(uri)) {
    const reading = await survey.reader.get(place);
    const now = reading.status === 200 ? at(reading.json ?? undefined, ...path) : undefined;
    if (now === undefined || canonical(now) === canonical(closed)) continue;
    if (takes(reading, 'PATCH', true)) operations.push(change(reading, path, closed, `close ${name} for the host`));
    else findings.push(...open(survey, reading, `${name} stays open for the host: ${place} takes no change`).findings);
  }
  return { operations, findings };
}

function leftOpen(survey: Survey, { managers: [manager], vendor }: Ground): readonly Finding[] {
  if (manager === undefined) return [];
  const { doors } = vendor.freeze;
  const kcs = 'no switch for KCS is known: who is root on the host can make a BMC administrator there; take the host for a way in';
  return doors.some(({ name }) => name === 'KCS') ? [] : open(survey, manager, kcs).findings;
}

function open(survey: Survey, shown: Reading, advice: string): Proposal {
  return { operations: [], findings: [finding(survey, 'HOST_DOOR_OPEN', shown, advice)] };
}
