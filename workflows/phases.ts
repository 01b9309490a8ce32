import { upsertSearchAttributes } from '@temporalio/workflow';
import { launchGate } from '../lib/model/quorum.js';
import type { ParkedView } from '../lib/model/incident.js';
import type { Containment } from '../lib/model/isolation.js';
import { id, type Digest, type Id } from '../lib/model/json.js';
import { NO_COUNTS } from '../lib/model/plan.js';
import type { Phase } from '../lib/model/runbook.js';
import { stepRow } from '../lib/model/steps.js';
import type { Complete, Release, Resolve } from '../lib/model/statement.js';
import type { Choice, UnsupportedCode, Verdict } from '../lib/model/verdict.js';
import type { Case, Ended, Opened } from '../lib/model/work.js';
import { recordCase } from './case.js';
import { termsFrom, type Gates } from './gates.js';
import { giveFreezeNotice } from './freeze-notice.js';
import { Holds, type Approved } from './holds.js';
import { actsOnEnforcers, Isolating } from './isolating.js';
import type { Ledger } from './ledger.js';
import type { Notices } from './notices.js';
import type { Asked, Roster } from './roster.js';
import { LAUNCH, Rounds } from './rounds.js';
import { Sweeps } from './sweeps.js';

type Targets = readonly Id<'target'>[];

/** Runs the runbook's phases: targets that park leave the chain, and a resolved target catches up in a chain of its own. */
export class Phases {
  readonly #roster: Roster;
  readonly #opened: Opened;
  readonly #case: Case;
  readonly #gates: Gates;
  readonly #ledger: Ledger;
  readonly #sweeps: Sweeps;
  readonly #notices: Notices;
  readonly #rounds: Rounds;
  readonly #approvedBy = new Map<string, Approved>();
  readonly #holds: Holds;
  readonly #isolating: Isolating;
  readonly #everybody: Targets;
  #chains = 0;
  cancelled = false;
  /** The launch is good, and its targets go through the phases. */
  begun = false;
  /** Every series is being sealed for good. */
  closing = false;

  constructor(roster: Roster, opened: Opened, known: Case, gates: Gates, ledger: Ledger, notices: Notices) {
    this.#roster = roster;
    this.#everybody = roster.targets;
    this.#opened = opened;
    this.#case = known;
    this.#gates = gates;
    this.#ledger = ledger;
    this.#sweeps = new Sweeps(roster, opened, known, ledger);
    this.#holds = new Holds({ opened, known, ledger, sweeps: this.#sweeps, notices });
    this.#notices = notices;
    const isCancelled = (): boolean => this.cancelled;
    this.#rounds = new Rounds({ roster, opened, known, gates, ledger, isCancelled });
    const run = (n: number, phase: Phase, subjects: Targets): Promise<unknown> => this.#phase(n, phase, subjects, false);
    this.#isolating = new Isolating({ roster, opened, ledger, holds: this.#holds, isCancelled, run });
  }

  get containment(): readonly Containment[] {
    return this.#holds.containment;
  }

  /** True when nothing runs: neither the first chain, nor one that catches up, nor a background phase. */
  get idle(): boolean {
    return this.#chains === 0;
  }

  async runAll(): Promise<void> {
    this.begun = true;
    await this.#chain(this.#everybody, 0);
    this.#isolating.over();
  }

  /** Takes further targets in, when whoever must co-sign has: they go through the phases in a chain of their own, and nothing under way is touched. */
  add(asked: Asked, digest: Digest<'statement'>): void {
    void this.#busy(() => this.#add(asked, digest));
  }

  async #add(asked: Asked, digest: Digest<'statement'>): Promise<void> {
    const { add } = asked;
    const { launch } = this.#opened.policy;
    if (this.#roster.needsCosigners(launch, add)) {
      const about = { gate: LAUNCH, step: id<'step'>('launch'), round: this.#rounds.next(LAUNCH), root: digest, requester: add.by };
      const question = { ...about, counts: NO_COUNTS, targets: add.targets.length };
      const answer = await this.#gates.ask(question, termsFrom(launchGate(launch)), () => this.cancelled);
      if (answer !== 'approved') {
        asked.state = 'denied';
        return;
      }
    }
    asked.state = 'in';
    const targets = this.#roster.take(add);
    upsertSearchAttributes({ CofferdamTargets: [this.#roster.targets.length] });
    for (const [n, phase] of this.#opened.runbook.phases.entries())
      if (actsOnEnforcers(phase)) void this.#busy(() => this.#isolating.too(n, phase, targets));
    await this.#chain(targets, 0);
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
      // An undo that failed waits for a person, cancelled or not.
      if (this.#holds.isLifting(this.#at(step), target)) continue;
      this.#ledger.unpark(target, step);
      this.#ledger.settle(this.#at(step), { is: 'not-started', by: 'cancelled' }, [target]);
    }
    this.#sweeps.stopAll();
  }

  /** Lifts what contains and freezes, step by step in reverse; also after a cancel, and while other steps go on. */
  release(statement: Release, digest: Digest<'statement'>): void {
    void this.#busy(() => this.#release(statement, digest));
  }

  /** Whoever waited at a step that was lifted is done with it, and goes on to the next. */
  async #release(statement: Release, digest: Digest<'statement'>): Promise<void> {
    const named = this.#holds.named(statement);
    await this.#holds.release(statement, digest);
    for (const { at, phase, subjects } of named) {
      const left = subjects.filter(
        (subject) => !this.#ledger.isSettled(at, subject) && this.#ledger.find(subject, phase.step) === undefined,
      );
      if (left.length > 0) this.#follow('skip', at, left, digest);
    }
  }

  /** Subjects that a release would be about. */
  heldBy(statement: Release): Targets {
    return this.#holds.named(statement).flatMap(({ subjects }) => subjects);
  }

  /** What waited for a person goes on where it stopped, under the same claims. */
  complete({ orders }: Complete): void {
    for (const { target, step, state } of this.#ledger.parked) {
      if (state.order === undefined || !orders.includes(state.order)) continue;
      const at = this.#at(step);
      this.#ledger.unpark(target, step);
      if (this.#holds.isLifting(at, target)) void this.#busy(() => this.#holds.resolve('retry', at, [target]));
      else void this.#resume(at, [target]);
    }
  }

  /** A watch saw that containment is not what it was: that is on record, and a person is asked. */
  seen(containment: Containment): void {
    void this.#busy(() => this.#holds.seen(containment));
  }

  /** Carries out a signed choice for parked targets. */
  resolve(statement: Resolve, digest: Digest<'statement'>): void {
    const at = this.#at(statement.step);
    for (const target of statement.targets) {
      const parked = this.#ledger.find(target, statement.step);
      if (parked !== undefined && statement.choice === 'skip') this.#holds.leave(at, parked);
      this.#ledger.unpark(target, statement.step);
      if (statement.choice === 'retry') this.#ledger.countRetry(target, statement.step);
    }
    const lifting = statement.targets.filter((target) => this.#holds.isLifting(at, target));
    if (lifting.length > 0) void this.#busy(() => this.#holds.resolve(statement.choice, at, lifting));
    this.#follow(
      statement.choice,
      at,
      statement.targets.filter((target) => !lifting.includes(target)),
      digest,
    );
  }

  /** Seals every target's series for good; returns how many could not be sealed. */
  async close(): Promise<number> {
    this.closing = true;
    const last = this.#opened.runbook.phases.length - 1;
    const [phase] = this.#opened.runbook.phases.slice(-1);
    if (phase === undefined) return 0;
    const ended = await this.#sweeps.run({ at: last, phase, mode: 'close', targets: [...this.#all, ...this.#isolating.enforcers] });
    for (const { state, targets } of ended.parked)
      for (const target of targets) await recordCase(this.#case, 'target.parked', { target, step: 'close', code: state.code });
    return ended.parked.reduce((sum, { targets }) => sum + targets.length, 0);
  }

  #follow(choice: Choice, at: number, targets: Targets, digest: Digest<'statement'>): void {
    const phase = this.#opened.runbook.phases[at];
    if (targets.length === 0 || phase === undefined) return;
    // Who catches up with a step beside the others, or with one that is not about targets, catches up with that one alone.
    const background = phase.background || actsOnEnforcers(phase);
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
    await this.#busy(() => this.#run(targets, from, how));
  }

  async #run(targets: Targets, from: number, how: { readonly again: boolean; readonly only: boolean }): Promise<void> {
    let alive = targets;
    const { phases } = this.#opened.runbook;
    for (const [n, phase] of phases.entries()) {
      if (n < from || (how.only && n > from)) continue;
      if (this.cancelled) this.#giveUp(n, alive, 'cancelled');
      if (this.cancelled || alive.length === 0) break;
      if (actsOnEnforcers(phase) && !how.only) {
        // Whatever becomes of it, preserving evidence waits for nobody; only the first chain brings enforcers along.
        if (targets === this.#everybody) await this.#isolating.first(n, phase, targets);
      } else if (phase.background && !how.only) void this.#busy(() => this.#phase(n, phase, alive, false));
      else {
        const goOn = await this.#phase(n, phase, alive, how.again && n === from);
        // Whoever parked and was resolved meanwhile has a chain of its own, which may be done with the steps behind by now.
        const stopped = this.#ledger.stopped(
          n,
          alive.filter((target) => !goOn.includes(target)),
        );
        this.#giveUp(n + 1, stopped, 'max-failures');
        alive = goOn;
      }
    }
  }

  async #busy(work: () => Promise<unknown>): Promise<void> {
    this.#chains++;
    try {
      await work();
    } finally {
      this.#chains--;
    }
  }

  /** Goes on with the approved plan of a step, and from there with the phases after it. */
  async #resume(n: number, targets: Targets): Promise<void> {
    const phase = this.#opened.runbook.phases[n];
    const [target] = targets;
    const approved = phase === undefined || target === undefined ? undefined : this.#approvedBy.get(`${phase.step}/${target}`);
    if (phase === undefined || approved === undefined) return;
    await this.#busy(async () => {
      const done = await this.#carryOut(n, phase, targets, approved);
      const goOn = this.#settleDone(n, phase, done);
      if (!actsOnEnforcers(phase) && goOn.length > 0) await this.#run(goOn, n + 1, { again: false, only: false });
    });
  }

  /**
   * Runs one phase and returns who goes on to the next: who is done, who cannot do it, and whose plan was denied or expired, for neither is a
   * reason not to read.
   */
  async #phase(n: number, phase: Phase, targets: Targets, again: boolean): Promise<Targets> {
    this.#ledger.enter(n);
    const runs = stepRow(phase.step)?.runs;
    const { done, denied } =
      runs === 'plan'
        ? await this.#planAndCarryOut(n, phase, targets, again)
        : { done: await this.#capture(n, phase, targets), denied: [] };
    const goOn = this.#settleDone(n, phase, done);
    this.#ledger.end(n);
    await recordCase(this.#case, 'phase.ended', { step: phase.step, done: goOn.length, of: targets.length });
    // Who is done with something left out is among both.
    return [...new Set([...goOn, ...denied, ...this.#ledger.unsupported(n, targets)])];
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
    const approved = await this.#rounds.ask(n, phase, ended, acting.size);
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
    // From the first byte on: what an interrupted carry-out left in force is in force too.
    if (stepRow(phase.step)?.holds === true) this.#holds.hold(n, targets, approved);
    const carrying = this.#holds.carrying(n, targets);
    const ended = await this.#sweeps.run({ at: n, phase, mode: 'carry-out', targets, round: gate.round, gate, pages });
    const done = this.#take(n, phase, ended);
    carrying.end();
    if (actsOnEnforcers(phase)) await this.#holds.watch(targets, gate);
    if (phase.step === 'rotate' && done.length > 0) this.#notices.tell('secret-rotated', { step: phase.step, targets: done.length });
    // Whoever is not done with it is frozen as far as it came.
    if (phase.step === 'freeze') void this.#holds.watchFreeze(n);
    if (phase.step === 'freeze' && done.length > 0) {
      const facts = { opened: this.#opened, known: this.#case, gates: this.#gates, notices: this.#notices };
      await giveFreezeNotice(facts, gate, done);
    }
    return done;
  }

  /** What was carried out with something left out is not done; what can be planned now waits for a person. Returns who goes on. */
  #settleDone(n: number, phase: Phase, done: Targets): Targets {
    const plans = new Set(done.flatMap((target) => this.#approvedBy.get(`${phase.step}/${target}`) ?? []));
    const lacking = new Map(
      [...plans].flatMap(({ pages }) => pages.flatMap((page) => page.lacking.map(({ target, code }) => [target, code] as const))),
    );
    const lackingOf = (target: Id<'target'>): UnsupportedCode | null => lacking.get(target) ?? null;
    const again = done.filter((target) => lackingOf(target) === PLAN_AGAIN.code);
    this.#park(n, phase, PLAN_AGAIN, again);
    for (const code of new Set(lacking.values()))
      if (code !== PLAN_AGAIN.code)
        this.#ledger.settle(
          n,
          { is: 'unsupported', code, operation: null },
          done.filter((target) => lackingOf(target) === code),
        );
    this.#ledger.settle(
      n,
      doneOf(phase),
      done.filter((target) => lackingOf(target) === null),
    );
    return done.filter((target) => !again.includes(target));
  }

  #park(n: number, phase: Phase, state: ParkedView['state'], targets: Targets): void {
    if (targets.length === 0) return;
    this.#ledger.park(n, state, targets);
    this.#notices.tell('target-parked', { step: phase.step, targets: targets.length });
  }

  #take(n: number, phase: Phase, ended: Ended): Targets {
    const parked = ended.parked.reduce((sum, { targets }) => sum + targets.length, 0);
    if (parked > 0) this.#notices.tell('target-parked', { step: phase.step, targets: parked });
    return this.#ledger.take(n, ended);
  }

  get #all(): Targets {
    return this.#roster.targets;
  }

  #at(step: string): number {
    return this.#opened.runbook.phases.findIndex((phase) => phase.step === step);
  }

  #giveUp(from: number, targets: Targets, by: Digest<'statement'> | 'cancelled' | 'max-failures'): void {
    for (let n = from; n < this.#opened.runbook.phases.length; n++) this.#ledger.settle(n, { is: 'not-started', by }, targets);
  }
}

/** Neither done nor a failure: a retry would carry the same plan out, and so is none of the ways on. */
const PLAN_AGAIN = {
  at: 'parked',
  code: 'PLAN_AGAIN',
  why: 'the BMC let us do nothing but what is done; what it allows now has still to be planned: sign a replan',
  operation: null,
  offers: ['replan', 'skip', 'abort'],
} as const satisfies ParkedView['state'];

/** Of a BMC only the BMC speaks; an enforcer is shown by vantage points that are not it. */
function doneOf(phase: Phase): Verdict {
  return { is: 'done', assurance: actsOnEnforcers(phase) ? 'corroborated' : 'self-reported' };
}
