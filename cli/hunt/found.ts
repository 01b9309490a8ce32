import pLimit from 'p-limit';
import type { Finding } from '../../lib/model/finding.js';
import type { IncidentView, PhaseView } from '../../lib/model/incident.js';
import type { Id } from '../../lib/model/json.js';
import { readPage, readPlan } from '../../lib/trust/read-plan.js';
import type { Desk, Opened } from '../desk.js';
import { targetsOf } from '../gate/added.js';
import { requireFits, targetOf, type CheckedPlan } from '../gate/check.js';
import { findingsOf } from '../gate/findings.js';
import { fetchObject } from '../gate/objects.js';

export interface HuntFound {
  readonly hits: readonly Finding[];
  /** What of a target could not be looked at, though the rest was. */
  readonly partly: readonly Finding[];
  /** Targets that were not looked at, and why. */
  readonly missed: readonly { readonly target: Id<'target'>; readonly why: string }[];
}

/** What a hunt found, from pages, plans and findings whose digests lead up to what the incident names. Throws FORGED_PLAN. */
export async function foundBy(desk: Desk, opened: Opened, view: IncidentView, phase: PhaseView): Promise<HuntFound> {
  const plans = await newestPlans(desk, opened, phase);
  const { findings } = await findingsOf(desk, opened.input.incident, { plans }, Number.POSITIVE_INFINITY);
  const seen = new Set<string>(plans.map(({ target }) => target));
  return {
    hits: findings.filter(({ code }) => code === 'HUNT_HIT'),
    partly: findings.filter(({ code }) => code !== 'HUNT_HIT'),
    missed: targetsOf(opened)
      .filter((target) => !seen.has(target))
      .map((target) => ({ target, why: whyNot(view, phase, target) })),
  };
}

const AT_ONCE = 8;

/** Of each target the plan that was made last. */
export async function newestPlans(
  desk: Desk,
  opened: Opened,
  { step, pages }: Pick<PhaseView, 'step' | 'pages'>,
): Promise<readonly CheckedPlan[]> {
  const { incident } = opened.input;
  const limit = pLimit(AT_ONCE);
  const read = await Promise.all(
    pages.map(({ zone, page }) => limit(() => fetchObject(desk, { zones: [zone], incident }, page, readPage))),
  );
  const rows = new Map(
    read.flatMap(({ value: page }) => page.rows.map((row) => [targetOf(row, page, opened), { zone: page.zone, row }] as const)),
  );
  return Promise.all(
    [...rows].map(([target, { zone, row }]) =>
      limit(async () => {
        const { value: plan } = await fetchObject(desk, { zones: [zone], incident }, row.plan, readPlan);
        requireFits(plan, row, { step });
        return { zone, target, row, plan };
      }),
    ),
  );
}

/** The parked step may be one before the hunt. */
export function whyNot(view: IncidentView, phase: PhaseView, target: Id<'target'>): string {
  const parked = view.parked.find((one) => one.target === target);
  if (parked !== undefined) return `parked at ${parked.step}: ${parked.state.code}`;
  const verdict = phase.settled.find(({ targets }) => targets.includes(target))?.verdict;
  if (verdict === undefined) return 'not yet';
  return verdict.is === 'unsupported' ? `unsupported: ${verdict.code}` : verdict.is;
}
