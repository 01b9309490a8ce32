import type { Series } from '../../evidence/types.js';
import type { IpmiConnection } from '../../ipmi/connection.js';
import type { Planned } from '../../model/incident.js';
import type { Id } from '../../model/json.js';
import type { IpmiTarget } from '../../model/site.js';
import { identityDigest } from '../../redfish/identity.js';
import type { Objects } from '../../store/objects.js';
import { StepError } from '../error.js';
import { keepPlan } from '../plan.js';
import type { OwnSecret, Proposal } from '../planning.js';
import { look, type Look } from './look.js';
import { recordingIpmiReader, type IpmiReader } from './reader.js';
import { reviewAccessOverIpmi } from './review-access.js';
import { rotateOverIpmi } from './rotate.js';

/** What a planner works with over IPMI. It only reads. */
export interface IpmiSurvey {
  readonly reader: IpmiReader;
  readonly target: IpmiTarget;
  /** With `session info all` in it. */
  readonly look: Look;
  readonly userName: string;
}

/** What was found; `rotate` alone proposes something as well. */
export type IpmiProposal = Pick<Proposal, 'findings' | 'sections' | 'unsupported'>;

type IpmiPlanner = (survey: IpmiSurvey, secret: OwnSecret) => Promise<IpmiProposal>;

const PLANNERS: ReadonlyMap<string, IpmiPlanner> = new Map<string, IpmiPlanner>([
  ['review-access', reviewAccessOverIpmi],
  ['rotate', rotateOverIpmi],
]);

export interface IpmiPlanRequest {
  readonly step: Id<'step'>;
  readonly target: IpmiTarget;
  readonly series: Series;
  readonly connection: () => Promise<IpmiConnection>;
  readonly objects: Objects;
  readonly secret: OwnSecret;
}

/**
 * Plans a step for a target over IPMI. A step without a planner here is unsupported, and so is one whose findings want changes that are not made: it is
 * not done by having been looked at.
 */
export async function planOverIpmi({ step, target, series, connection, objects, secret }: IpmiPlanRequest): Promise<Planned> {
  const planner = PLANNERS.get(step);
  if (planner === undefined)
    throw new StepError('NOT_OVER_IPMI', `step ${step} cannot be done over IPMI; do it by hand, or by a BMC that speaks Redfish`);
  const { read, userName } = await connection();
  const reader = recordingIpmiReader({ read }, series, 'plan');
  const seen = await look(reader, [{ name: 'session info all' }]);
  const identity = identityDigest({ serial: '', uuid: seen.guid });
  if (identity !== identityDigest(target.identity))
    throw new StepError('WRONG_DEVICE', `another GUID answers than the inventory has for ${target.id}; check address and inventory`);
  const { findings, sections = [], unsupported = null } = await planner({ reader, target, look: seen, userName }, secret);
  const kept = await keepPlan({
    step,
    subject: { kind: 'bmc', target: target.id },
    series,
    objects,
    identity,
    proposal: { findings, sections },
  });
  return { ...kept, unsupported };
}
