import { isCutOff } from '../../isolation/dependencies.js';
import { targetHost } from '../../isolation/target-host.js';
import type { Finding } from '../../model/finding.js';
import { DEPENDENCY_FACTS, type DependencyFact } from '../../redfish/vendors/dependencies.js';
import { finding, NOTHING, quoted, type Proposal, type Survey } from '../planning.js';
import { leases, needsAt, type Asked } from './asked.js';
import type { Ground } from './ground.js';
import { openPlaces } from './places.js';

/** Of one BMC; a hostile one could name thousands. */
const TOLD = 32;

/**
 * What the BMC is set to use outside, and what the isolation of its zone takes away without that anybody accepted it. Isolation waits for no BMC,
 * so this is told after the cut. Nothing is changed; a place that cannot be read tells nothing.
 */
export async function cutDependencies(survey: Survey, ground: Ground): Promise<Proposal> {
  const { isolation = null, target } = survey;
  if (isolation === null) return NOTHING;
  const lost = distinct((await needsOf(survey, ground)).filter((need) => isCutOff(isolation, need, targetHost(target))));
  const told = lost.slice(0, TOLD).map((need) => tell(survey, need));
  const more = lost.length - told.length;
  if (more === 0) return { operations: [], findings: told };
  const advice = `this BMC names ${String(more)} more servers outside that the isolation cuts off; look at its settings by hand`;
  return { operations: [], findings: [...told, finding(survey, 'DEPENDENCY_CUT_OFF', ground.root, advice)] };
}

async function needsOf(survey: Survey, ground: Ground): Promise<readonly Asked[]> {
  const places = await openPlaces(survey, ground);
  const asked: Asked[] = [];
  for (const reading of await places.interfaces()) asked.push(...leases(reading));
  for (const fact of DEPENDENCY_FACTS) for (const reading of await places.of(fact)) asked.push(...needsAt(fact, reading));
  return asked;
}

/** One of each server and purpose: makers show the same setting in several places. */
function distinct(asked: readonly Asked[]): readonly Asked[] {
  const key = ({ dependency, host, what }: Asked): string => `${dependency} ${host ?? what}`;
  return [...new Map(asked.toReversed().map((one) => [key(one), one])).values()].toReversed();
}

function tell(survey: Survey, need: Asked): Finding {
  const advice = `this BMC ${doing(need)}, which the isolation cuts off; ${THEN[need.dependency]}; allow it, or accept ${quoted(need.dependency)} with a reason`;
  return finding(survey, 'DEPENDENCY_CUT_OFF', need.shown, advice);
}

function doing({ dependency, host, what }: Asked): string {
  if (host === null) return `leases ${what}`;
  return dependency === 'syslog' || dependency === 'alerts' ? `sends ${what} to ${quoted(host)}` : `asks ${quoted(host)} for ${what}`;
}

const THEN: Readonly<Record<DependencyFact['dependency'], string>> = {
  dhcp: 'it loses its address when it cannot renew it, unless it is leased from within the segment',
  'directory-login': 'local accounts only from now on',
  syslog: 'its logs are on the BMC alone from now on',
  alerts: 'its alerts reach nobody from now on',
  kms: 'do not restart the host: what these keys lock may stay locked',
  ntp: 'its clock drifts from now on; read its logs by the offset',
  dns: 'what it reaches by name it reaches no longer',
};
