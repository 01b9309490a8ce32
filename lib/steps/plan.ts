import { listKept } from '../evidence/kept.js';
import type { Series } from '../evidence/types.js';
import { closingOf } from '../model/closing.js';
import { EVIDENCE_CLASSES, graverEffect, graverImpact, type Effect, type Impact } from '../model/effect.js';
import type { Finding } from '../model/finding.js';
import type { Planned } from '../model/incident.js';
import type { Sought } from '../model/hunt.js';
import type { Digest, Id } from '../model/json.js';
import type { Operation, Section, Subject } from '../model/operation.js';
import { NO_COUNTS, operationsOf, type Counts, type IndexRow, type Plan } from '../model/plan.js';
import type { Isolation } from '../model/isolation-terms.js';
import type { Target } from '../model/site.js';
import { effectOf } from '../operations/effect.js';
import { identityDigest, readShownIdentity } from '../redfish/identity.js';
import type { Answer, Connection } from '../redfish/types.js';
import type { Objects } from '../store/objects.js';
import { certificates } from './certificates.js';
import { stageServed } from './certificates/served.js';
import { dump } from './dump.js';
import { StepError } from './error.js';
import { freeze } from './freeze.js';
import { hunt } from './hunt.js';
import type { Leaver, Numberless, OwnSecret, Planner, Proposal, SectionProposal, Served, SiteAuthority, Survey } from './planning.js';
import { recordingReader, type Reader } from './reader.js';
import { offboard, offboardCheck } from './offboard.js';
import { breakGlass } from './break-glass.js';
import { rotate } from './rotate.js';
import { firstPassword } from './rotate/first-password.js';
import { reviewAccess } from './review-access.js';
import { reviewLogs } from './review-logs.js';
import { keepTimeline } from './timeline.js';

const PLANNERS: ReadonlyMap<string, Planner> = new Map<string, Planner>([
  ['dump', dump],
  ['freeze', freeze],
  ['review-logs', reviewLogs],
  ['review-access', reviewAccess],
  ['hunt', hunt],
  ['rotate', rotate],
  ['offboard', offboard],
  ['offboard-check', offboardCheck],
  ['break-glass', breakGlass],
  ['certificates', certificates],
]);

export interface PlanRequest {
  readonly step: Id<'step'>;
  readonly target: Target;
  readonly series: Series;
  readonly connection: Connection;
  readonly objects: Objects;
  readonly secret: OwnSecret;
  /** How the target's zone is cut off. */
  readonly isolation?: Isolation | null;
  /** What the site looks for on every BMC; only the step `hunt` asks for it. */
  readonly sought?: readonly Sought[];
  /** For the step `certificates`. */
  readonly authority?: SiteAuthority | null;
  readonly pins?: Survey['pins'];
  /** Only the steps of `offboard` ask for it. */
  readonly leaver?: Leaver | null;
  readonly untilRelease?: readonly string[];
}

/** Plans one step for one target by reads only, each of them evidence; stores plan and findings; returns the row for the index. */
export async function planTarget(request: PlanRequest): Promise<Planned> {
  const {
    step,
    target,
    series,
    connection,
    objects,
    secret,
    isolation = null,
    sought = [],
    authority = null,
    pins,
    leaver = null,
    untilRelease = [],
  } = request;
  const planner = PLANNERS.get(step);
  if (planner === undefined) throw new StepError('NO_PLANNER', `step ${step} has no planner in this version`);
  const reader = recordingReader(connection, series, 'plan');
  const { identity, refusal } = await plannedDevice(target, reader);
  const { userName, session, localAddress: from } = connection;
  const served = (): Promise<Served> => stageServed(series, connection);
  const about = {
    reader,
    target,
    own: { userName, session, from, also: secret.also },
    isolation,
    served,
    authority,
    leaver,
    untilRelease,
    ...(pins === undefined ? {} : { pins }),
  };
  const proposal =
    refusal === null
      ? await planner(about, () => listKept(series.folder), secret, sought)
      : await restricted(step, target, () => firstPassword(about, secret, refusal));
  await keepTimeline(series, target.id, proposal.timeline ?? []);
  await series.commit();
  return {
    ...(await keepPlan({ step, subject: { kind: 'bmc', target: target.id }, series, objects, identity, proposal: apart(proposal) })),
    unsupported: proposal.unsupported ?? null,
  };
}

/**
 * A plan is bound to the device that answers, and that must be the inventory's. `refusal`: the BMC does not say which it is before our login has changed
 * its password, and what is changed then is bound to the inventory's device all the same.
 */
async function plannedDevice(
  target: Target,
  reader: Reader,
): Promise<{ readonly identity: Digest<'identity'>; readonly refusal: Answer | null }> {
  const { identity: found, refusal } = await readShownIdentity((uri) => reader.get(uri));
  const identity = identityDigest(target.identity);
  if (refusal === null && identityDigest(found) !== identity)
    throw new StepError(
      'WRONG_DEVICE',
      `another serial number or UUID answers than the inventory has for ${target.id}; check address and inventory`,
    );
  return { identity, refusal };
}

/** Only one step knows what to do where nothing but our own password can be changed. */
function restricted(step: Id<'step'>, { id }: Target, plan: () => Promise<Proposal>): Promise<Proposal> {
  if (step === 'rotate') return plan();
  throw new StepError('PASSWORD_CHANGE_REQUIRED', `${id} lets our login read nothing before its password is changed: rotate it first`);
}

/** Stores findings and puts them on record. */
export async function keepFindings(
  found: readonly Finding[],
  { series, objects }: Pick<PlanRequest, 'series' | 'objects'>,
): Promise<readonly Digest<'finding'>[]> {
  const digests: Digest<'finding'>[] = [];
  for (const one of found) {
    const digest = await objects.put<'finding'>(one);
    await series.record('finding.recorded', { finding: digest, code: one.code, uri: one.uri, evidence: one.evidence });
    digests.push(digest);
  }
  return digests;
}

/** Operations of which each may be left undone when the one before it is not. */
export function apart({ findings, first = [], operations, sections = [], last = [] }: Proposal): Kept['proposal'] {
  return { findings, sections: [...first, ...operations.map(alone), ...sections, ...last.map(alone)] };
}

function alone(operation: Numberless): SectionProposal {
  return { operations: [operation], always: [] };
}

interface Kept extends Pick<PlanRequest, 'step' | 'series' | 'objects'> {
  readonly subject: Subject;
  readonly identity: Digest<'identity'>;
  readonly proposal: Pick<Proposal, 'findings'> & {
    readonly sections: readonly SectionProposal[];
  };
}

/** Stores a proposal and its findings as a plan, whatever protocol it was read over; returns the row for the index. */
export async function keepPlan({ step, subject, series, objects, identity, proposal }: Kept): Promise<Omit<Planned, 'unsupported'>> {
  const findings = await keepFindings(proposal.findings, { series, objects });
  let n = 0;
  const sections = proposal.sections.map(({ operations: [first, ...more], always }): Section => {
    const number = (operation: Numberless): Operation => ({ n: ++n, ...operation });
    return { operations: [number(first), ...more.map(number)], always: always.map(number) };
  });
  const operations = operationsOf({ sections });
  const plan: Plan = {
    step,
    subject,
    identity,
    sections,
    findings,
  };
  const row = rowOf(plan, await objects.put<'plan'>(plan), operations);
  await series.record('plan.stored', { plan: row.plan, step, operations: row.operations, effect: row.effect, findings: findings.length });
  return { row, counts: countsOf(operations), findings: findings.length };
}

function rowOf({ subject, identity, sections }: Plan, plan: Digest<'plan'>, operations: readonly Operation[]): IndexRow {
  const destroyed = new Set(operations.flatMap(({ destroys }) => destroys));
  const closing = sections.flatMap(closingOf);
  return {
    subject,
    identity,
    plan,
    operations: operations.length,
    effect: operations.map(({ send }) => effectOf(send)).reduce<Effect>(graverEffect, 'observe'),
    impact: operations.map(({ impact }) => impact).reduce<Impact>(graverImpact, 'none'),
    destroys: EVIDENCE_CLASSES.filter((one) => destroyed.has(one)),
    ...(closing.length === 0 ? {} : { closing }),
  };
}

function countsOf(operations: readonly Operation[]): Counts {
  return operations.reduce<Counts>((counts, { send, impact }) => {
    const effect = effectOf(send);
    const withEffect = { ...counts, [effect]: counts[effect] + 1 };
    return { ...withEffect, [impact]: withEffect[impact] + 1 };
  }, NO_COUNTS);
}
