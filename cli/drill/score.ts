import { SEED_STEPS } from '../../lib/model/steps.js';
import type { IncidentView } from '../../lib/model/incident.js';
import type { Report } from '../../lib/evidence/verify/report.js';
import { attackOn, type Attack } from './attack.js';
import type { Canaries } from './canaries.js';
import type { Case } from './case.js';
import { asExpected, SAID_OF_THE_BMC } from './expected.js';
import { lockedOut } from './locked-out.js';
import { dueOf, surprises, type Surprise } from './surprises.js';
import type { Truth } from './truth.js';

/** The machine-readable end of a drill; a contract: fields may be added, never renamed. */
export interface Scorecard {
  readonly ok: boolean;
  readonly folder: string;
  readonly incident: string;
  readonly targets: number;
  readonly missingSteps: readonly string[];
  readonly planted: {
    readonly total: number;
    readonly found: number;
    readonly missed: number;
    readonly false: number;
    /** What the logs of captured trees show by themselves: neither planted nor false. */
    readonly captured: number;
  };
  readonly steps: readonly { readonly step: string; readonly verdicts: Readonly<Record<string, number>> }[];
  readonly phases: readonly { readonly phase: string; readonly seconds: number }[];
  /** Targets that were broken on purpose, and how many of them came to what was expected. */
  readonly faults: { readonly total: number; readonly asExpected: number };
  /** What a freeze has to find and leave, by what each generated BMC is; captured trees are not judged. */
  readonly freeze: { readonly expected: number; readonly found: number; readonly missed: number; readonly false: number };
  /** The same of what a rotation has to find and leave. */
  readonly rotate: Scorecard['freeze'];
  /** Targets on which the vault's login was tried after the incident, all being mended, and how many let it in. */
  readonly logins: { readonly asked: number; readonly in: number };
  /** Targets about which `freeze check` was asked, how many were frozen before the release, and how many free after it. */
  readonly contain: { readonly asked: number; readonly frozen: number; readonly released: number };
  /** What the attacker tried after the freeze had reached its foothold; null when nobody attacked. */
  readonly attack: Attack | null;
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
  /** Passwords and tokens of the fleet, looked for in everything that the drill left behind but the secret store. */
  readonly canaries: Canaries;
  /** What is not as the drill expects; empty when ok. */
  readonly complaints: readonly string[];
}

/** A target that waited for a person, who skipped the step. */
export interface Parked {
  readonly target: string;
  readonly step: string;
  readonly code: string;
  /** True when that was while the step was taken back. */
  readonly released: boolean;
}

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
  readonly parked: readonly Parked[];
  /** Null when it ended without anything to release. */
  readonly contained: Contained | null;
  /** What the vault's login came to at the end; none without a rotation. */
  readonly logins: readonly { readonly target: string; readonly came: string }[];
}

/** Once everything has ended. */
export interface Searched extends Rehearsed {
  readonly canaries: Canaries;
}

/** What other automation was told while the incident contained, and after its release. */
export interface Contained {
  /** When the release was signed. */
  readonly at: string;
  readonly asked: readonly string[];
  readonly notFrozen: readonly string[];
  readonly stillFrozen: readonly string[];
}

/** Holds the record of a drill against what was planted. */
export function score(rehearsed: Searched): Scorecard {
  const { view, report, found } = rehearsed;
  const planted = compare(rehearsed);
  const broken = rehearsed.truth.targets.filter(({ fault }) => fault !== null);
  const surprising = [...surprises(rehearsed), ...lockedOut(rehearsed)];
  const { contained } = rehearsed;
  const asked = contained?.asked.length ?? 0;
  const card = {
    folder: rehearsed.folder,
    incident: rehearsed.incident,
    targets: view.targets,
    missingSteps: SEED_STEPS.filter((step) => step.steps.length === 0).map((step) => `${String(step.number)} ${step.title}`),
    planted,
    steps: view.phases.map((phase) => ({ step: phase.step, verdicts: verdictsOf(phase) })),
    phases: view.phases.map((phase) => ({ phase: phase.step, seconds: seconds(phase) })),
    faults: {
      total: broken.length,
      asExpected: broken.filter(({ id }) => !surprising.some(({ target }) => target === id)).length,
    },
    freeze: asExpected(rehearsed, 'freeze'),
    rotate: asExpected(rehearsed, 'rotate'),
    logins: { asked: rehearsed.logins.length, in: rehearsed.logins.filter(({ came }) => came === 'done').length },
    contain: {
      asked,
      frozen: asked - (contained?.notFrozen.length ?? 0),
      released: asked - (contained?.stillFrozen.length ?? 0),
    },
    attack: attackOn(rehearsed),
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
    canaries: rehearsed.canaries,
  };
  const complaints = complaintsOf(rehearsed, card, surprising);
  return { ok: complaints.length === 0, ...card, complaints };
}

function compare({ truth, found, view }: Rehearsed): Scorecard['planted'] {
  // A runbook without that step finds nothing in logs.
  const readsLogs = view.phases.some(({ step }) => step === 'review-logs');
  // Whether the review comes before or after the secret is burned in passing, nobody can say.
  const unsure = new Set(truth.targets.filter(({ fault }) => fault?.expect.burns === true).map(({ id }) => id));
  const expected = new Set(
    truth.targets
      // What a fault hides is expected of nobody.
      .filter(({ id, fault }) => fault?.expect.hides !== true && !unsure.has(id))
      .flatMap((target) =>
        [...target.planted, ...(readsLogs && target.fault === null ? target.traces : [])].map((planted) =>
          keyOf(target.id, planted.finding, planted.uri),
        ),
      ),
  );
  // What it does not hide from every step is found, and is as true as ever.
  const hidden = new Set(
    truth.targets
      .filter(({ fault }) => fault?.expect.hides === true)
      .flatMap(({ id, planted }) => planted.map(({ finding, uri }) => keyOf(id, finding, uri))),
  );
  // A captured tree's logs keep their bytes: whether their oddities are true nobody here can say (docs/log-findings.md lists them). Nor what the logs
  // of a BMC show that was broken on purpose.
  const apart = new Set(truth.targets.filter(({ tree, fault }) => tree !== null || fault !== null).map(({ id }) => id));
  const captured = found.findings.filter(({ target, code }) => apart.has(target) && (code.startsWith('LOG_') || code === 'VENDOR_UNKNOWN'));
  const standing = new Set(truth.targets.flatMap(({ id, standing: rows }) => rows.map(({ finding, uri }) => keyOf(id, finding, uri))));
  const broken = new Set(truth.targets.filter(({ fault }) => fault !== null).map(({ id }) => id));
  const actual = new Set(
    found.findings
      // What a fault breaks cannot be read, and that is said.
      .filter(({ target, code }) => code !== 'ACCESS_UNREADABLE' || !broken.has(target))
      // What a BMC cannot do is no trace of anybody.
      .filter((finding) => !captured.includes(finding) && !unsure.has(finding.target) && !SAID_OF_THE_BMC.has(finding.code))
      .map((finding) => keyOf(finding.target, finding.code, finding.uri))
      .filter((key) => !standing.has(key) || expected.has(key)),
  );
  const hit = [...expected].filter((key) => actual.has(key)).length;
  return {
    total: expected.size,
    found: hit,
    missed: expected.size - hit,
    false: [...actual].filter((key) => !expected.has(key) && !hidden.has(key)).length,
    captured: captured.length,
  };
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

function complaintsOf(
  { view, report, withoutDrill, truth, contained }: Rehearsed,
  card: Pick<Scorecard, 'planted' | 'freeze' | 'rotate' | 'attack' | 'canaries'>,
  surprising: readonly Surprise[],
): string[] {
  const complaints = surprising.map(({ line }) => line);
  const exceptions = view.phases.some(({ step }) => truth.targets.some((target) => dueOf(step, target) === 'unsupported'));
  const outcome = exceptions ? 'done-with-exceptions' : 'done';
  if (view.outcome !== outcome && truth.targets.every(({ fault }) => fault === null))
    complaints.push(`the incident ended ${view.outcome ?? 'not at all'}`);
  if (card.planted.missed > 0) complaints.push(`${String(card.planted.missed)} planted traces were not found`);
  if (card.planted.false > 0) complaints.push(`${String(card.planted.false)} findings point at nothing that was planted`);
  if (card.freeze.missed > 0) complaints.push(`${String(card.freeze.missed)} things that no freeze closes were not reported`);
  if (card.freeze.false > 0) complaints.push(`${String(card.freeze.false)} findings of the freeze are about nothing that is so`);
  if (card.rotate.missed > 0) complaints.push(`${String(card.rotate.missed)} secrets that stay were not reported`);
  if (card.rotate.false > 0) complaints.push(`${String(card.rotate.false)} findings of the rotation are about nothing that is so`);
  if (contained === null && view.phases.some(({ step }) => step === 'lease')) complaints.push('nothing was in force when all was done');
  complaints.push(...(contained?.notFrozen ?? []).map((target) => `freeze check did not say that ${target} is frozen`));
  complaints.push(...(contained?.stillFrozen ?? []).map((target) => `freeze check did not say that ${target} is free after the release`));
  complaints.push(...(card.attack?.complaints ?? []));
  if (card.canaries.searched === 0) complaints.push('no secret of the fleet is known, so that none could be looked for');
  if (card.canaries.found > 0) complaints.push(`secrets of the fleet lie in ${card.canaries.where.join(', ')}`);
  if (!view.gates.some((gate) => gate.state === 'approved') && card.planted.total > 0) complaints.push('no gate was approved');
  // What a fault keeps from being read is told as incomplete.
  const allowed = truth.targets.some(({ fault }) => fault !== null) ? ['VALID', 'VALID-INCOMPLETE'] : ['VALID'];
  if (!allowed.includes(report.verdict)) complaints.push(`the archive is ${report.verdict}`);
  if (withoutDrill.verdict !== 'INVALID') complaints.push('a verifier that expects no drill took the archive for a real one');
  return complaints;
}
