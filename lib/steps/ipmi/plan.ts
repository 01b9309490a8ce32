import type { Series } from '../../evidence/types.js';
import type { IpmiConnection } from '../../ipmi/connection.js';
import type { Finding } from '../../model/finding.js';
import type { Planned } from '../../model/incident.js';
import type { Id } from '../../model/json.js';
import type { IpmiTarget } from '../../model/site.js';
import { identityDigest } from '../../redfish/identity.js';
import type { Objects } from '../../store/objects.js';
import { StepError } from '../error.js';
import { keepPlan } from '../plan.js';
import { look, type Look } from './look.js';
import { recordingIpmiReader, type IpmiReader } from './reader.js';
import { reviewAccessOverIpmi } from './review-access.js';

/** What a planner works with over IPMI. It only reads, and it proposes nothing. */
export interface IpmiSurvey {
  readonly reader: IpmiReader;
  readonly target: IpmiTarget;
  /** With `session info all` in it. */
  readonly look: Look;
  readonly userName: string;
}

export interface IpmiReview {
  readonly findings: readonly Finding[];
  /** Something was found that Redfish would have a plan for: an account to disable, a session to end. */
  readonly wantsChanges: boolean;
}

const PLANNERS: ReadonlyMap<string, (survey: IpmiSurvey) => Promise<IpmiReview>> = new Map([['review-access', reviewAccessOverIpmi]]);

export interface IpmiPlanRequest {
  readonly step: Id<'step'>;
  readonly target: IpmiTarget;
  readonly series: Series;
  readonly connection: () => Promise<IpmiConnection>;
  readonly objects: Objects;
}

/**
 * Plans a step for a target that is only read: a plan without operations, and the findings. A step without a planner here is unsupported, and
 * so is one whose findings want changes: it is not done by having been looked at.
 */
export async function planOverIpmi({ step, target, series, connection, objects }: IpmiPlanRequest): Promise<Planned> {
  const planner = PLANNERS.get(step);
  if (planner === undefined)
    throw new StepError('NOT_OVER_IPMI', `step ${step} cannot be done over IPMI; do it by hand, or by a BMC that speaks Redfish`);
  const { read, userName } = await connection();
  const reader = recordingIpmiReader({ read }, series, 'plan');
  const seen = await look(reader, [{ name: 'session info all' }]);
  const identity = identityDigest({ serial: '', uuid: seen.guid });
  if (identity !== identityDigest(target.identity))
    throw new StepError('WRONG_DEVICE', `another GUID answers than the inventory has for ${target.id}; check address and inventory`);
  const { findings, wantsChanges } = await planner({ reader, target, look: seen, userName });
  const kept = await keepPlan({
    step,
    subject: { kind: 'bmc', target: target.id },
    series,
    objects,
    identity,
    proposal: { findings, sections: [] },
  });
  return { ...kept, unsupported: wantsChanges ? 'NO_CHANGES_OVER_IPMI' : null };
}
