import type { IncidentView, ParkedView, PhaseView, TrustedView, VerdictGroup } from '../lib/model/incident.js';
import { type Id, time } from '../lib/model/json.js';
import type { Runbook } from '../lib/model/runbook.js';
import { stepRow } from '../lib/model/steps.js';
import type { Verdict } from '../lib/model/verdict.js';
import type { Ended } from '../lib/model/work.js';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What has become of every target in every phase. The incident workflow writes it, queries read it; it does no I/O. */
export class Ledger {
  readonly #phases: Mutable<PhaseView>[];
  readonly #parked = new Map<string, ParkedView>();
  readonly #retries = new Map<string, number>();
  readonly #trusted: TrustedView[] = [];
  readonly #inside = new Map<number, number>();

  constructor(runbook: Runbook) {
    this.#phases = runbook.phases.map((phase) => ({
      step: phase.step,
      title: stepRow(phase.step)?.title ?? phase.step,
      background: phase.background,
      state: 'waiting',
      sweeps: [],
      settled: [],
      parked: 0,
      pages: [],
      held: [],
      startedAt: null,
      endedAt: null,
    }));
  }

  get phases(): IncidentView['phases'] {
    return this.#phases.map((phase) => ({ ...phase, parked: this.parked.filter((parked) => parked.step === phase.step).length }));
  }

  get parked(): readonly ParkedView[] {
    return [...this.#parked.values()];
  }

  /** Keys that people vouched for, in the order in which they were counted. */
  get trusted(): readonly TrustedView[] {
    return [...this.#trusted];
  }

  trust(trusted: TrustedView): void {
    this.#trusted.push(trusted);
  }

  /** Several lists of targets may be in one phase: it is done when the last of them has left it. */
  enter(phase: number): void {
    this.#inside.set(phase, (this.#inside.get(phase) ?? 0) + 1);
  }

  isInside(phase: number): boolean {
    return (this.#inside.get(phase) ?? 0) > 0;
  }

  begin(phase: number, state: 'planning' | 'gate' | 'running'): void {
    const view = this.#phase(phase);
    view.state = state;
    view.startedAt ??= time(Date.now());
  }

  end(phase: number): void {
    const left = (this.#inside.get(phase) ?? 1) - 1;
    this.#inside.set(phase, Math.max(left, 0));
    if (left > 0) return;
    const view = this.#phase(phase);
    view.state = 'done';
    view.endedAt = time(Date.now());
  }

  sweepStarted(phase: number, workflowId: string): void {
    this.#phase(phase).sweeps = [...this.#phase(phase).sweeps, workflowId];
  }

  sweepEnded(phase: number, workflowId: string): void {
    this.#phase(phase).sweeps = this.#phase(phase).sweeps.filter((id) => id !== workflowId);
  }

  /** A later verdict takes the place of an earlier one, as when what was done is done again. */
  settle(phase: number, verdict: Verdict, targets: readonly Id<'target'>[]): void {
    if (targets.length === 0) return;
    const view = this.#phase(phase);
    const key = JSON.stringify(verdict);
    const same = (group: VerdictGroup): boolean => JSON.stringify(group.verdict) === key;
    const others = view.settled
      .map((group) => ({ ...group, targets: group.targets.filter((target) => !targets.includes(target)) }))
      .filter((group) => group.targets.length > 0);
    const group = others.find(same) ?? { verdict, targets: [] };
    view.settled = [...others.filter((other) => !same(other)), { verdict, targets: [...group.targets, ...targets] }];
  }

  /** Takes over what a sweep came to; returns the targets that may go on. */
  take(phase: number, ended: Ended): readonly Id<'target'>[] {
    const view = this.#phase(phase);
    const known = new Set(view.pages.map(({ page }) => page));
    view.pages = [...view.pages, ...ended.pages.filter(({ page }) => !known.has(page)).map(({ zone, page }) => ({ zone, page }))];
    for (const { state, targets } of ended.parked) this.park(phase, state, targets);
    for (const { verdict, targets } of ended.settled) if (verdict.is !== 'done') this.settle(phase, verdict, targets);
    return ended.settled.flatMap(({ verdict, targets }) => (verdict.is === 'done' ? targets : []));
  }

  /** What this step did to these subjects stays in force until a signed release. */
  hold(phase: number, subjects: readonly Id<'target'>[]): void {
    const view = this.#phase(phase);
    view.held = [...new Set([...view.held, ...subjects])];
  }

  letGo(phase: number, subjects: readonly Id<'target'>[]): void {
    const view = this.#phase(phase);
    view.held = view.held.filter((subject) => !subjects.includes(subject));
  }

  held(phase: number): readonly Id<'target'>[] {
    return this.#phase(phase).held;
  }

  /** True while anything that contains or freezes is in force. */
  get holds(): boolean {
    return this.#phases.some(({ held }) => held.length > 0);
  }

  park(phase: number, state: ParkedView['state'], targets: readonly Id<'target'>[]): void {
    const { step } = this.#phase(phase);
    for (const target of targets) this.#parked.set(key(target, step), { target, step, state, retry: this.retries(target, step) });
  }

  find(target: string, step: string): ParkedView | undefined {
    return this.#parked.get(key(target, step));
  }

  unpark(target: string, step: string): void {
    this.#parked.delete(key(target, step));
  }

  countRetry(target: string, step: string): void {
    this.#retries.set(key(target, step), this.retries(target, step) + 1);
  }

  retries(target: string, step: string): number {
    return this.#retries.get(key(target, step)) ?? 0;
  }

  isSettled(phase: number, target: Id<'target'>): boolean {
    return this.#phase(phase).settled.some(({ targets }) => targets.includes(target));
  }

  /** Those of `targets` that cannot do the step of this phase. */
  unsupported(phase: number, targets: readonly Id<'target'>[]): readonly Id<'target'>[] {
    const found = new Set(this.#phase(phase).settled.flatMap((group) => (group.verdict.is === 'unsupported' ? group.targets : [])));
    return targets.filter((target) => found.has(target));
  }

  /** Those of `targets` that came to an end in this phase from which nobody leads them on: no person's choice, and nothing that a later phase goes on from. */
  stopped(phase: number, targets: readonly Id<'target'>[]): readonly Id<'target'>[] {
    const found = new Set(this.#phase(phase).settled.flatMap((group) => (isStopped(group.verdict) ? group.targets : [])));
    return targets.filter((target) => found.has(target));
  }

  /** True when a target ended anywhere other than done. */
  get exceptions(): boolean {
    return this.#phases.some((phase) => phase.settled.some(({ verdict }) => verdict.is !== 'done'));
  }

  #phase(phase: number): Mutable<PhaseView> {
    const view = this.#phases[phase];
    if (view === undefined) throw new RangeError(`the runbook has no phase ${String(phase)}`);
    return view;
  }
}

function isStopped(verdict: Verdict): boolean {
  return verdict.is === 'not-started' ? verdict.by === 'max-failures' : STOPPED.has(verdict.is);
}

const STOPPED: ReadonlySet<Verdict['is']> = new Set<Verdict['is']>(['unverifiable', 'failed', 'unknown']);

function key(target: string, step: string): string {
  return `${step}/${target}`;
}
