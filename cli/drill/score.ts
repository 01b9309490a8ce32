import { z } from 'zod';
import { SEED_STEPS } from '../../lib/model/steps.js';
import type { IncidentView } from '../../lib/model/incident.js';
import type { Report } from '../../lib/evidence/verify/report.js';
import type { Case } from './case.js';

/** The machine-readable end of a drill; a contract: fields may be added, never renamed. */
export interface Scorecard {
  readonly ok: boolean;
  readonly folder: string;
  readonly incident: string;
  readonly targets: number;
  readonly missingSteps: readonly string[];
  readonly planted: { readonly total: number; readonly found: number; readonly missed: number; readonly false: number };
  readonly steps: readonly { readonly step: string; readonly verdicts: Readonly<Record<string, number>> }[];
  readonly phases: readonly { readonly phase: string; readonly seconds: number }[];
  readonly gates: readonly { readonly gate: string; readonly state: string; readonly signers: readonly string[] }[];
  readonly evidence: {
    readonly series: number;
    readonly items: number;
    readonly bytes: number;
    readonly captured: number;
    readonly advertised: number;
    readonly broken: number;
    readonly verdict: string;
  };
  readonly archive: string;
  /** What is not as the drill expects; empty when ok. */
  readonly complaints: readonly string[];
}

/** The ground truth as the fleet wrote it. */
export const truthSchema = z.object({
  targets: z.array(
    z.object({
      id: z.string(),
      planted: z.array(z.object({ kind: z.string(), uri: z.string(), finding: z.string() })),
    }),
  ),
});
export type Truth = z.infer<typeof truthSchema>;

export interface Rehearsed {
  readonly folder: string;
  readonly incident: string;
  readonly view: IncidentView;
  readonly truth: Truth;
  readonly found: Case;
  readonly report: Report;
  /** The same archive verified without `--drill`: it must be refused. */
  readonly withoutDrill: Report;
  readonly archive: string;
  /** Targets that the drill broke on purpose: their verdict may be other than done. */
  readonly broken: ReadonlySet<string>;
}

/** Holds the record of a drill against what was planted. */
export function score(rehearsed: Rehearsed): Scorecard {
  const { view, report, found } = rehearsed;
  const planted = compare(rehearsed);
  const card = {
    folder: rehearsed.folder,
    incident: rehearsed.incident,
    targets: view.targets,
    missingSteps: SEED_STEPS.filter((step) => step.steps.length === 0).map((step) => `${String(step.number)} ${step.title}`),
    planted,
    steps: view.phases.map((phase) => ({ step: phase.step, verdicts: verdictsOf(phase) })),
    phases: view.phases.map((phase) => ({ phase: phase.step, seconds: seconds(phase) })),
    gates: view.gates.map((gate) => ({ gate: gate.gate, state: gate.state, signers: gate.approvals.map(({ person }) => person) })),
    evidence: {
      series: report.series.length,
      items: report.items,
      bytes: report.bytes,
      captured: found.captured,
      advertised: found.advertised,
      broken: found.broken,
      verdict: report.verdict,
    },
    archive: rehearsed.archive,
  };
  const complaints = complaintsOf(rehearsed, card);
  return { ok: complaints.length === 0, ...card, complaints };
}

function compare({ truth, found }: Rehearsed): Scorecard['planted'] {
  const expected = new Set(
    truth.targets.flatMap((target) => target.planted.map((planted) => keyOf(target.id, planted.finding, planted.uri))),
  );
  // What a BMC cannot do is no trace of anybody.
  const traces = found.findings.filter(({ code }) => code !== 'DUMP_UNAVAILABLE');
  const actual = new Set(traces.map((finding) => keyOf(finding.target, finding.code, finding.uri)));
  const hit = [...expected].filter((key) => actual.has(key)).length;
  return { total: expected.size, found: hit, missed: expected.size - hit, false: [...actual].filter((key) => !expected.has(key)).length };
}

function keyOf(target: string, code: string, uri: string): string {
  return `${target} ${code} ${uri.replace(/\/$/, '')}`;
}

function verdictsOf(phase: IncidentView['phases'][number]): Record<string, number> {
  const verdicts: Record<string, number> = {};
  for (const { verdict, targets } of phase.settled) verdicts[verdict.is] = (verdicts[verdict.is] ?? 0) + targets.length;
  if (phase.parked > 0) verdicts['parked'] = phase.parked;
  return verdicts;
}

function seconds(phase: IncidentView['phases'][number]): number {
  if (phase.startedAt === null || phase.endedAt === null) return 0;
  return Math.round((Date.parse(phase.endedAt) - Date.parse(phase.startedAt)) / 100) / 10;
}

function complaintsOf({ view, report, withoutDrill, broken }: Rehearsed, card: Pick<Scorecard, 'planted' | 'steps'>): string[] {
  const complaints: string[] = [];
  const healthy = view.targets - broken.size;
  if (view.outcome !== 'done' && broken.size === 0) complaints.push(`the incident ended ${view.outcome ?? 'not at all'}`);
  for (const { step, verdicts } of card.steps)
    if ((verdicts['done'] ?? 0) < healthy)
      complaints.push(`${step} is done for ${String(verdicts['done'] ?? 0)} of ${String(healthy)} targets`);
  if (card.planted.missed > 0) complaints.push(`${String(card.planted.missed)} planted traces were not found`);
  if (card.planted.false > 0) complaints.push(`${String(card.planted.false)} findings point at nothing that was planted`);
  if (!view.gates.some((gate) => gate.state === 'approved') && card.planted.total > 0) complaints.push('no gate was approved');
  if (report.verdict !== 'VALID') complaints.push(`the archive is ${report.verdict}`);
  if (withoutDrill.verdict !== 'INVALID') complaints.push('a verifier that expects no drill took the archive for a real one');
  return complaints;
}
