import pLimit from 'p-limit';
import { SEVERITIES, type Finding, type Severity } from '../../lib/model/finding.js';
import type { Id } from '../../lib/model/json.js';
import { readFinding } from '../../lib/trust/read-plan.js';
import type { Desk } from '../desk.js';
import type { Line } from '../output/print.js';
import { styled, text } from '../output/text.js';
import type { CheckedGate } from './check.js';
import { fetchObject, forged } from './objects.js';

export interface Found {
  /** Gravest first, then by target. */
  readonly findings: readonly Finding[];
  /** How many the plans name beyond those that were read. */
  readonly unread: number;
}

/** Each finding is a read by a zone's worker: enough for a person to look at, not so many that the worker has nothing else to do. */
export const MOST_READ = 1_000;
const AT_ONCE = 8;

/** The findings that the checked plans name by digest, so that none is of another making. Throws FORGED_PLAN. */
export async function findingsOf(
  desk: Desk,
  incident: Id<'incident'>,
  { plans }: Pick<CheckedGate, 'plans'>,
  most: number,
): Promise<Found> {
  const named = plans.flatMap(({ zone, target, plan }) => plan.findings.map((digest) => ({ zone, target, digest })));
  const limit = pLimit(AT_ONCE);
  const findings = await Promise.all(
    named.slice(0, Math.min(most, named.length)).map(({ zone, target, digest }) =>
      limit(async () => {
        const { value } = await fetchObject(desk, { zones: [zone], incident }, digest, readFinding);
        if (value.target !== target) throw forged(`the plan of ${target} names the finding ${digest}, which is about ${value.target}`);
        return value;
      }),
    ),
  );
  return { findings: findings.sort(byGravity), unread: named.length - findings.length };
}

const SHOWN = 50;

/** The gravest of them for people. What a BMC says in them is made plain by `text`. */
export function findingLines({ findings, unread }: Found): readonly Line[] {
  if (findings.length === 0) return [];
  const hidden = findings.length - SHOWN + unread;
  return [
    text`found, gravest first:`,
    {
      rows: findings
        .slice(0, SHOWN)
        .map(({ severity, code, target, uri, advice }) => [
          styled(COLOURS[severity], severity),
          text`${code}`,
          text`${target}`,
          text`${uri}: ${advice}`,
        ]),
    },
    ...(findings.length > SHOWN || unread > 0 ? [text`and ${Math.max(hidden, unread)} more; all of them: -o json`] : []),
  ];
}

const COLOURS: Readonly<Record<Severity, 'red' | 'yellow' | 'dim'>> = {
  critical: 'red',
  high: 'red',
  medium: 'yellow',
  low: 'dim',
  info: 'dim',
};

function byGravity(a: Finding, b: Finding): number {
  return SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) || compare(a.target, b.target) || compare(a.uri, b.uri);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
