import { condition, upsertSearchAttributes } from '@temporalio/workflow';
import { launchGate } from '../lib/model/quorum.js';
import type { ParkedView } from '../lib/model/incident.js';
import type { Containment } from '../lib/model/isolation.js';
import { id, time, type Digest, type Id } from '../lib/model/json.js';
import { addCounts, NO_COUNTS } from '../lib/model/plan.js';
import type { Phase } from '../lib/model/runbook.js';
import { stepRow } from '../lib/model/steps.js';
import type { Complete, Release, Resolve } from '../lib/model/statement.js';
import type { Choice, UnsupportedCode, Verdict } from '../lib/model/verdict.js';
import type { Case, Ended, GateRef, Opened } from '../lib/model/work.js';
import { recordCase } from './case.js';
import { termsFrom, type Gates } from './gates.js';
import { Holds, type Approved } from './holds.js';
import type { Ledger } from './ledger.js';
import type { Notices } from './notices.js';
import { zoneActivities } from './proxies.js';
import type { Asked, Roster } from './roster.js';
import { Sweeps } from './sweeps.js';

type Targets = readonly Id<'target'>[];

/** Gate 0. A phase without a gate of its own has no other authority, and that is enough for what only contains. */
const LAUNCH = id<'gate'>('launch');

/** Runs the runbook's phases: targets that park leave the chain, and a resolved target catches up in a chain of its own. */
export class Phases {
  readonly #roster: Roster;
  readonly #opened: Opened;
  readonly #case: Case;
  readonly #gates: Gates;
  readonly #ledger: Ledger;
  readonly #sweeps: Sweeps;
  readonly #notices: Notices;
  readonly #rounds = new Map<string, number>();
  readonly #approvedBy = new Map<string, Approved>();
  readonly #holds: Holds;
  readonly #everybody: Targets;
  #chains = 0;
  cancelled = false;
  /** The launch is good, and its targets go through the phases. */
  begun = false;
  /** Every series is being sealed for good. */
  closing = false;
  #isolated = false;

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
    this.#isolated = true;
  }

  /** Takes further targets in, when whoever must co-sign has: they go through the phases in a chain of their own, and nothing under way is touched. */
  add(asked: Asked, digest: Digest<'statement'>): void {
    void this.#busy(() => this.#add(asked, digest));
  }

  async #add(asked: Asked, digest: Digest<'statement'>): Promise<void> {
    const { add } = asked;
    const { launch } = this.#opened.policy;
    if (this.#roster.needsCosigners(launch, add)) {
      const about = { gate: LAUNCH, step: id<'step'>('launch'), round: this.#nextRoundOf(LAUNCH), root: digest, requester: add.by };
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
      if (actsOnEnforcers(phase)) void this.#busy(() => this.#isolateToo(n, phase, targets));
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
    const ended = await this.#sweeps.run({ at: last, phase, mode: 'close', targets: [...this.#all, ...this.#enforcers] });
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
        if (targets === this.#everybody) await this.#isolate(n, phase);
      } else if (phase.background && !how.only) void this.#busy(() => this.#phase(n, phase, alive, false));
      else {
        const goOn = await this.#phase(n, phase, alive, how.again && n === from);
        // Whoever neither goes on nor is parked was stopped by too many failures.
        const stopped = alive.filter((target) => !goOn.includes(target) && this.#ledger.find(target, phase.step) === undefined);
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

  /** Zones that nothing can cut off are on record as such, target by target. */
  async #isolate(n: number, phase: Phase): Promise<void> {
    this.#settleBare(n, this.#everybody);
    if (this.#enforcers.length === 0) this.#ledger.end(n);
    else await this.#phase(n, phase, this.#enforcers, false);
    this.#isolated = true;
  }

  /** Plans enforcers that contain anew, so that they cover whoever was added; what is under way there, or waits for a person, comes first. */
  async #isolateToo(n: number, phase: Phase, targets: Targets): Promise<void> {
    this.#settleBare(n, targets);
    const zones = new Set(this.#zonesOf(targets));
    const theirs = this.#opened.enforcers.filter(({ zone }) => zones.has(zone)).map(({ name }) => id<'target'>(name));
    const mayGo = (): boolean => this.cancelled || (this.#isolated && !this.#isBusy(n, phase, theirs));
    while (!mayGo()) await condition(mayGo);
    // What was lifted, or never put in force, stays so: that was somebody's decision.
    const inForce = theirs.filter((enforcer) => this.#ledger.held(n).includes(enforcer) && !this.#holds.isLifting(n, enforcer));
    if (!this.cancelled && inForce.length > 0) await this.#phase(n, phase, inForce, false);
  }

  #isBusy(n: number, { step }: Phase, subjects: Targets): boolean {
    const waitsOrRuns = (subject: Id<'target'>): boolean =>
      this.#ledger.find(subject, step) !== undefined || this.#holds.isCarrying(n, subject);
    return this.#ledger.isInside(n) || subjects.some(waitsOrRuns);
  }

  #settleBare(n: number, targets: Targets): void {
    const guarded = new Set(this.#opened.enforcers.map(({ zone }) => zone));
    const bare = this.#roster.zones.filter(({ zone }) => !guarded.has(zone)).flatMap(({ targets: all }) => all);
    this.#ledger.settle(
      n,
      { is: 'unsupported', code: 'NO_ENFORCER', operation: null },
      targets.filter((target) => bare.includes(target)),
    );
  }

  #zonesOf(targets: Targets): readonly Id<'zone'>[] {
    return this.#roster.zones.flatMap(({ zone, targets: all }) => (all.some((target) => targets.includes(target)) ? [zone] : []));
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
    return [...goOn, ...denied, ...this.#ledger.unsupported(n, targets)];
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
    // From the first byte on: what an interrupted carry-out left in force is in force too.
    if (stepRow(phase.step)?.holds === true) this.#holds.hold(n, targets, approved);
    const carrying = this.#holds.carrying(n, targets);
    const ended = await this.#sweeps.run({ at: n, phase, mode: 'carry-out', targets, round: gate.round, gate, pages });
    const done = this.#take(n, phase, ended);
    carrying.end();
    if (actsOnEnforcers(phase)) await this.#holds.watch(targets, gate);
    if (phase.step === 'rotate' && done.length > 0) this.#notices.tell('secret-rotated', { step: phase.step, targets: done.length });
    if (phase.step === 'freeze' && done.length > 0) {
      void this.#holds.watchFreeze(n);
      await this.#giveNotice(gate, done);
    }
    return done;
  }

  /** The formal notice of a freeze: signed, part of the case, and sent. */
  async #giveNotice(gate: GateRef, targets: Targets): Promise<void> {
    const { requester } = this.#opened;
    const round = this.#gates.views.find((view) => view.gate === gate.gate && view.round === gate.round);
    const by = [...new Set([requester, ...(round?.approvals.map(({ person }) => person) ?? [])])];
    try {
      const facts = { case: this.#case, targets, by, requester, since: time(Date.now()) };
      const { extract } = await zoneActivities(this.#case.home).steady.freezeNotice(facts);
      this.#notices.tell('freeze-notice', { step: id('freeze'), targets: targets.length, document: extract });
    } catch {
      // The freeze stands without it; that nobody was told is on record.
      await recordCase(this.#case, 'notice.failed', { step: 'freeze', targets: targets.length });
    }
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

  /** Writes the index in every zone, opens the gate and waits. */
  async #ask(n: number, phase: Phase, ended: Ended, round: number, acting: number): Promise<Approved | 'denied' | 'expired' | 'cancelled'> {
    const gate = phase.gate ?? LAUNCH;
    const policy = gate === LAUNCH ? launchGate(this.#opened.policy.launch) : this.#opened.policy.gates[gate];
    if (policy === undefined) return 'denied';
    const terms = termsFrom(policy);
    const order = {
      case: this.#case,
      step: phase.step,
      gate,
      round,
      pages: ended.pages,
      openedAt: terms.openedAt,
      decideBy: terms.decideBy,
      executeBy: terms.executeBy,
    };
    const roots = await Promise.all(this.#roster.zones.map(({ zone }) => zoneActivities(zone).quick.writeIndex({ ...order, zone })));
    const [root] = roots;
    if (root === undefined || roots.some((other) => other !== root)) return 'denied';
    const counts = ended.pages.reduce((sum, page) => addCounts(sum, page.counts), NO_COUNTS);
    const approved = { gate: { gate, round, root }, pages: ended.pages };
    if (gate === LAUNCH) {
      // Who launched has signed for what only contains. The executor judges that again, and refuses anything more.
      if (counts.change + counts.destroy > 0) return 'denied';
      await recordCase(this.#case, 'gate.opened', { gate, step: phase.step, round, root, decideBy: terms.decideBy });
      return approved;
    }
    this.#ledger.begin(n, 'gate');
    await recordCase(this.#case, 'gate.opened', { gate, step: phase.step, round, root, decideBy: terms.decideBy });
    const question = { gate, step: phase.step, round, root, counts, targets: acting };
    const answer = await this.#gates.ask(question, terms, () => this.cancelled);
    await recordCase(this.#case, 'gate.closed', { gate, step: phase.step, round, root, answer });
    if (answer === 'approved') return approved;
    return answer === 'superseded' ? 'cancelled' : answer;
  }

  #nextRound(phase: Phase): number {
    return this.#nextRoundOf(phase.gate ?? LAUNCH);
  }

  #nextRoundOf(gate: Id<'gate'>): number {
    const round = (this.#rounds.get(gate) ?? 0) + 1;
    this.#rounds.set(gate, round);
    return round;
  }

  get #all(): Targets {
    return this.#roster.targets;
  }

  /** By their names; only zones of this incident. */
  get #enforcers(): Targets {
    const zones = new Set<string>(this.#roster.zones.map(({ zone }) => zone));
    return this.#opened.enforcers.filter(({ zone }) => zones.has(zone)).map(({ name }) => id<'target'>(name));
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

function actsOnEnforcers({ step }: Phase): boolean {
  return stepRow(step)?.on === 'enforcer';
}

/** Of a BMC only the BMC speaks; an enforcer is shown by vantage points that are not it. */
function doneOf(phase: Phase): Verdict {
  return { is: 'done', assurance: actsOnEnforcers(phase) ? 'corroborated' : 'self-reported' };
}
