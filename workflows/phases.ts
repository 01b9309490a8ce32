import type { Digest, Id } from '../lib/model/json.js';
import { addCounts, NO_COUNTS } from '../lib/model/plan.js';
import type { Phase } from '../lib/model/runbook.js';
import { stepRow } from '../lib/model/steps.js';
import type { Resolve } from '../lib/model/statement.js';
import type { Choice } from '../lib/model/verdict.js';
import type { Case, Ended, GateRef, Opened } from '../lib/model/work.js';
import { recordCase } from './case.js';
import { termsFrom, type Gates } from './gates.js';
import type { Ledger } from './ledger.js';
import type { IncidentInput } from './messages.js';
import type { Notices } from './notices.js';
import { zoneActivities } from './proxies.js';
import { Sweeps } from './sweeps.js';

type Targets = readonly Id<'target'>[];

/** The plans that one approved gate covers, kept for retries of the same plan. */
interface Approved {
  readonly gate: GateRef;
  readonly pages: Ended['pages'];
}

/** Runs the runbook's phases: targets that park leave the chain, and a resolved target catches up in a chain of its own. */
export class Phases {
  readonly #input: IncidentInput;
  readonly #opened: Opened;
  readonly #case: Case;
  readonly #gates: Gates;
  readonly #ledger: Ledger;
  readonly #sweeps: Sweeps;
  readonly #notices: Notices;
  readonly #rounds = new Map<string, number>();
  readonly #approvedBy = new Map<string, Approved>();
  #chains = 0;
  cancelled = false;

  constructor(input: IncidentInput, opened: Opened, known: Case, gates: Gates, ledger: Ledger, notices: Notices) {
    this.#input = input;
    this.#opened = opened;
    this.#case = known;
    this.#gates = gates;
    this.#ledger = ledger;
    this.#sweeps = new Sweeps(input, known, ledger);
    this.#notices = notices;
  }

  /** True when nothing runs: neither the first chain, nor one that catches up, nor a background phase. */
  get idle(): boolean {
    return this.#chains === 0;
  }

  async runAll(): Promise<void> {
    await this.#chain(this.#all, 0);
  }

  /** Nobody co-signed the launch: nothing is done to any target, and the record says so. */
  abandon(): void {
    this.cancelled = true;
    this.#giveUp(0, this.#all, 'cancelled');
  }

  /** Starts nothing more; what has begun is finished. Evidence stays, and so does whatever was contained. */
  cancel(): void {
    this.cancelled = true;
    for (const { target, step } of this.#ledger.parked) {
      this.#ledger.unpark(target, step);
      this.#ledger.settle(this.#at(step), { is: 'not-started', by: 'cancelled' }, [target]);
    }
    this.#sweeps.stopAll();
  }

  /** Carries out a signed choice for parked targets. */
  resolve(statement: Resolve, digest: Digest<'statement'>): void {
    const at = this.#at(statement.step);
    for (const target of statement.targets) {
      this.#ledger.unpark(target, statement.step);
      if (statement.choice === 'retry') this.#ledger.countRetry(target, statement.step);
    }
    this.#follow(statement.choice, at, statement.targets, digest);
  }

  /** Seals every target's series for good; returns how many could not be sealed. */
  async close(): Promise<number> {
    const last = this.#opened.runbook.phases.length - 1;
    const [phase] = this.#opened.runbook.phases.slice(-1);
    if (phase === undefined) return 0;
    const ended = await this.#sweeps.run({ at: last, phase, mode: 'close', targets: this.#all });
    for (const { state, targets } of ended.parked)
      for (const target of targets) await recordCase(this.#case, 'target.parked', { target, step: 'close', code: state.code });
    return ended.parked.reduce((sum, { targets }) => sum + targets.length, 0);
  }

  #follow(choice: Choice, at: number, targets: Targets, digest: Digest<'statement'>): void {
    const background = this.#opened.runbook.phases[at]?.background === true;
    switch (choice) {
      case 'retry':
        void this.#chain(targets, at, { again: true, only: background });
        return;
      case 'replan':
        void this.#chain(targets, at, { again: false, only: background });
        return;
      case 'skip':
        this.#ledger.settle(at, { is: 'skipped', by: digest }, targets);
        if (!background) void this.#chain(targets, at + 1);
        return;
      case 'abort':
        this.#ledger.settle(at, { is: 'not-started', by: digest }, targets);
        if (!background) this.#giveUp(at + 1, targets, digest);
    }
  }

  /** One list of targets through the phases from `from` on. */
  async #chain(targets: Targets, from: number, how = { again: false, only: false }): Promise<void> {
    this.#chains++;
    let alive = targets;
    const { phases } = this.#opened.runbook;
    for (const [n, phase] of phases.entries()) {
      if (n < from || (how.only && n > from)) continue;
      if (this.cancelled) this.#giveUp(n, alive, 'cancelled');
      if (this.cancelled || alive.length === 0) break;
      if (phase.background && !how.only) void this.#beside(n, phase, alive);
      else {
        const goOn = await this.#phase(n, phase, alive, how.again && n === from);
        // Whoever neither goes on nor is parked was stopped by too many failures.
        const stopped = alive.filter((target) => !goOn.includes(target) && this.#ledger.find(target, phase.step) === undefined);
        this.#giveUp(n + 1, stopped, 'max-failures');
        alive = goOn;
      }
    }
    this.#chains--;
  }

  async #beside(n: number, phase: Phase, targets: Targets): Promise<void> {
    this.#chains++;
    await this.#phase(n, phase, targets, false);
    this.#chains--;
  }

  /**
   * Runs one phase and returns who goes on to the next: who is done, who cannot do it, and whose plan was denied or expired, for neither is a
   * reason not to read.
   */
  async #phase(n: number, phase: Phase, targets: Targets, again: boolean): Promise<Targets> {
    const runs = stepRow(phase.step)?.runs;
    const { done, denied } =
      runs === 'plan'
        ? await this.#planAndCarryOut(n, phase, targets, again)
        : { done: await this.#capture(n, phase, targets), denied: [] };
    this.#ledger.settle(n, { is: 'done', assurance: 'self-reported' }, done);
    this.#ledger.end(n);
    await recordCase(this.#case, 'phase.ended', { step: phase.step, done: done.length, of: targets.length });
    return [...done, ...denied, ...this.#ledger.unsupported(n, targets)];
  }

  async #capture(n: number, phase: Phase, targets: Targets): Promise<Targets> {
    this.#ledger.begin(n, 'running');
    const mode = phase.step === 'triage' ? 'triage' : 'capture';
    return this.#take(n, phase, await this.#sweeps.run({ at: n, phase, mode, targets }));
  }

  async #planAndCarryOut(n: number, phase: Phase, targets: Targets, again: boolean): Promise<{ done: Targets; denied: Targets }> {
    const earlier = again ? await this.#retryApproved(n, phase, targets) : null;
    if (earlier !== null) return { done: earlier, denied: [] };
    this.#ledger.begin(n, 'planning');
    const ended = await this.#sweeps.run({ at: n, phase, mode: 'plan', targets });
    const planned = this.#take(n, phase, ended);
    const acting = new Set(ended.pages.flatMap((page) => page.acting));
    const idle = planned.filter((target) => !acting.has(target));
    if (acting.size === 0) return { done: idle, denied: [] };
    const toAct = planned.filter((target) => acting.has(target));
    // Several steps may share a gate: only what somebody is asked about counts as a round of it.
    const approved = await this.#ask(n, phase, ended, this.#nextRound(phase), acting.size);
    if (typeof approved === 'string') {
      this.#ledger.settle(n, { is: 'not-started', by: approved }, toAct);
      return { done: idle, denied: toAct };
    }
    for (const target of toAct) this.#approvedBy.set(`${phase.step}/${target}`, approved);
    return { done: [...idle, ...(await this.#carryOut(n, phase, toAct, approved))], denied: [] };
  }

  /** A retry repeats the very plan that was approved, under a new claim key; without one there is nothing to repeat but the planning. */
  async #retryApproved(n: number, phase: Phase, targets: Targets): Promise<Targets | null> {
    const groups = new Map<Approved, Id<'target'>[]>();
    for (const target of targets) {
      const approved = this.#approvedBy.get(`${phase.step}/${target}`);
      if (approved === undefined) return null;
      groups.set(approved, [...(groups.get(approved) ?? []), target]);
    }
    const done: Id<'target'>[] = [];
    for (const [approved, members] of groups) done.push(...(await this.#carryOut(n, phase, members, approved)));
    return done;
  }

  async #carryOut(n: number, phase: Phase, targets: Targets, approved: Approved): Promise<Targets> {
    this.#ledger.begin(n, 'running');
    const { gate, pages } = approved;
    return this.#take(n, phase, await this.#sweeps.run({ at: n, phase, mode: 'carry-out', targets, round: gate.round, gate, pages }));
  }

  #take(n: number, phase: Phase, ended: Ended): Targets {
    const parked = ended.parked.reduce((sum, { targets }) => sum + targets.length, 0);
    if (parked > 0) this.#notices.tell('target-parked', { step: phase.step, targets: parked });
    return this.#ledger.take(n, ended);
  }

  /** Writes the index in every zone, opens the gate and waits. */
  async #ask(n: number, phase: Phase, ended: Ended, round: number, acting: number): Promise<Approved | 'denied' | 'expired' | 'cancelled'> {
    const policy = phase.gate === null ? undefined : this.#opened.policy.gates[phase.gate];
    if (phase.gate === null || policy === undefined) return 'denied';
    const terms = termsFrom(policy);
    const order = {
      case: this.#case,
      step: phase.step,
      gate: phase.gate,
      round,
      pages: ended.pages,
      openedAt: terms.openedAt,
      decideBy: terms.decideBy,
      executeBy: terms.executeBy,
    };
    const roots = await Promise.all(this.#input.zones.map(({ zone }) => zoneActivities(zone).quick.writeIndex({ ...order, zone })));
    const [root] = roots;
    if (root === undefined || roots.some((other) => other !== root)) return 'denied';
    this.#ledger.begin(n, 'gate');
    const counts = ended.pages.reduce((sum, page) => addCounts(sum, page.counts), NO_COUNTS);
    await recordCase(this.#case, 'gate.opened', { gate: phase.gate, step: phase.step, round, root, decideBy: terms.decideBy });
    const question = { gate: phase.gate, step: phase.step, round, root, counts, targets: acting };
    const answer = await this.#gates.ask(question, terms, () => this.cancelled);
    await recordCase(this.#case, 'gate.closed', { gate: phase.gate, step: phase.step, round, root, answer });
    if (answer === 'approved') return { gate: { gate: phase.gate, round, root }, pages: ended.pages };
    return answer === 'superseded' ? 'cancelled' : answer;
  }

  #nextRound(phase: Phase): number {
    const gate = phase.gate ?? phase.step;
    const round = (this.#rounds.get(gate) ?? 0) + 1;
    this.#rounds.set(gate, round);
    return round;
  }

  get #all(): Targets {
    return this.#input.zones.flatMap((zone) => zone.targets);
  }

  #at(step: string): number {
    return this.#opened.runbook.phases.findIndex((phase) => phase.step === step);
  }

  #giveUp(from: number, targets: Targets, by: Digest<'statement'> | 'cancelled' | 'max-failures'): void {
    for (let n = from; n < this.#opened.runbook.phases.length; n++) this.#ledger.settle(n, { is: 'not-started', by }, targets);
  }
}
