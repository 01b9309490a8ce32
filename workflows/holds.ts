import { condition } from '@temporalio/workflow';
import type { ParkedView } from '../lib/model/incident.js';
import type { Containment } from '../lib/model/isolation.js';
import type { Digest, Id } from '../lib/model/json.js';
import type { Phase } from '../lib/model/runbook.js';
import type { Release } from '../lib/model/statement.js';
import type { Choice } from '../lib/model/verdict.js';
import type { Case, Ended, GateRef, Opened } from '../lib/model/work.js';
import { recordCase } from './case.js';
import { toLookAt } from './frozen.js';
import type { Ledger } from './ledger.js';
import type { Notices } from './notices.js';
import type { Sweeps } from './sweeps.js';
import { Watches } from './watches.js';

const FREEZE = 'freeze';
const FREEZE_DRIFT = 'FREEZE_DRIFT';

/** Between two looks at frozen targets. */
const FREEZE_LOOKS = '30 minutes';

type Subjects = readonly Id<'target'>[];

/** The plans that one approved gate covers, kept for retries of the same plan and for taking it back. */
export interface Approved {
  readonly gate: GateRef;
  readonly pages: Ended['pages'];
}

interface HoldsDeps {
  readonly opened: Opened;
  readonly known: Case;
  readonly ledger: Ledger;
  readonly sweeps: Sweeps;
  readonly notices: Notices;
}

/** What contains and freezes: what is in force, how it is watched, and how a signed release lifts it. */
export class Holds {
  readonly #opened: Opened;
  readonly #case: Case;
  readonly #ledger: Ledger;
  readonly #sweeps: Sweeps;
  readonly #notices: Notices;
  readonly #watches: Watches;
  /** By phase and subject: the plans carried out, newest last, since a later one may leave what an earlier one did; and the release under way. */
  readonly #plans = new Map<string, readonly Approved[]>();
  readonly #watched = new Set<number>();
  readonly #carrying = new Set<{ readonly keys: ReadonlySet<string> }>();
  readonly #lifting = new Map<string, Digest<'statement'>>();
  /** Frozen subjects that somebody left as they had drifted, by signature; until they are frozen anew. */
  readonly #left = new Set<string>();
  /** What a release is taking back at this moment: another one of the same would take it back twice. */
  readonly #releasing = new Set<string>();

  constructor({ opened, known, ledger, sweeps, notices }: HoldsDeps) {
    this.#notices = notices;
    this.#opened = opened;
    this.#case = known;
    this.#ledger = ledger;
    this.#sweeps = sweeps;
    this.#watches = new Watches(known);
  }

  get containment(): readonly Containment[] {
    return this.#watches.containment;
  }

  hold(at: number, subjects: Subjects, approved: Approved): void {
    for (const subject of subjects) {
      const before = this.plansOf(at, subject).filter(({ gate }) => gate.root !== approved.gate.root);
      this.#plans.set(key(at, subject), [...before, approved]);
      this.#left.delete(key(at, subject));
      this.#forgetDrift(at, subject);
    }
    this.#ledger.hold(at, subjects);
  }

  /**
   * Looks at frozen targets again and again while they are held; each look is a login a target. What is found is on record, and the target waits for
   * a person, once.
   */
  async watchFreeze(at: number): Promise<void> {
    const phase = this.#phases[at];
    if (phase === undefined || this.#watched.has(at)) return;
    this.#watched.add(at);
    while (!(await condition(() => this.#ledger.held(at).length === 0, FREEZE_LOOKS)))
      await this.#lookAtFreeze(at, phase, this.#ledger.held(at));
    this.#watched.delete(at);
  }

  /** A skip of what a look found is about what is different, and not about what was frozen: nobody is asked the same again. */
  leave(at: number, { target, state }: Pick<ParkedView, 'target' | 'state'>): void {
    if (state.code === FREEZE_DRIFT) this.#left.add(key(at, target));
  }

  /** A look while the next plan waited for its gate found what that one is about: nobody is asked once it is carried out. */
  #forgetDrift(at: number, subject: Id<'target'>): void {
    const step = this.#phases[at]?.step;
    if (step !== undefined && this.#ledger.find(subject, step)?.state.code === FREEZE_DRIFT) this.#ledger.unpark(subject, step);
  }

  #isBusy(at: number, { step }: Phase, subject: Id<'target'>): boolean {
    return this.isLifting(at, subject) || this.isCarrying(at, subject) || this.#ledger.find(subject, step) !== undefined;
  }

  async #lookAtFreeze(at: number, phase: Phase, subjects: Subjects): Promise<void> {
    const groups = toLookAt(subjects, (subject) => ({
      approved: this.plansOf(at, subject).at(-1),
      isBusy: this.#isBusy(at, phase, subject),
      isLeft: this.#left.has(key(at, subject)),
    }));
    for (const [{ gate }, members] of groups) {
      const { parked } = await this.#sweeps.run({ at, phase, mode: 'watch', targets: members, round: gate.round, gate });
      for (const { state, targets } of parked) {
        // Whom nobody could ask is no drift: the next look asks again. So it does of whom another plan has reached while this one looked.
        const isStill = (target: Id<'target'>): boolean =>
          this.#ledger.held(at).includes(target) && this.plansOf(at, target).at(-1)?.gate.root === gate.root;
        const drifted = targets.filter((target) => state.code === FREEZE_DRIFT && isStill(target) && !this.#isBusy(at, phase, target));
        this.#ledger.park(at, state, drifted);
        for (const target of drifted) await recordCase(this.#case, 'target.parked', { target, step: phase.step, code: state.code });
        if (drifted.length > 0) this.#notices.tell('target-parked', { step: phase.step, targets: drifted.length });
      }
    }
  }

  async watch(subjects: Subjects, gate: GateRef): Promise<void> {
    for (const enforcer of this.#opened.enforcers)
      if (subjects.some((subject) => subject === text(enforcer.name))) await this.#watches.start(enforcer, gate);
  }

  /** A look that differs is on record; one that shows a way open parks the enforcer, unless it waits for a person already. */
  async seen(containment: Containment): Promise<void> {
    const isFirst = !this.containment.some(({ enforcer }) => enforcer === containment.enforcer);
    if (!this.#watches.see(containment)) return;
    const { enforcer, state, rules, paths } = containment;
    const open = paths.filter(isWrong).map(({ id }) => id);
    if (!isFirst || state === 'open') this.#notices.tell('containment-changed', { step: this.#stepOf(enforcer) });
    await recordCase(this.#case, 'containment.changed', { enforcer, state, rules, open: open.join(' ').slice(0, 1000) });
    const at = this.#phases.findIndex((_, n) => this.#ledger.held(n).some((subject) => subject === text(enforcer)));
    const phase = this.#phases[at];
    const subject = this.#ledger.held(at < 0 ? 0 : at).find((held) => held === text(enforcer));
    if (state !== 'open' || phase === undefined || subject === undefined) return;
    // What is being lifted is meant to open, and what waits for a person already waits for that.
    if (this.isLifting(at, subject) || this.#ledger.find(subject, phase.step) !== undefined) return;
    const why = `rules are ${rules}; ${open.length === 0 ? 'no path was seen open' : `open or cut: ${open.join(', ').slice(0, 300)}`}`;
    this.#ledger.park(at, { at: 'parked', code: 'CONTAINMENT_CHANGED', why, operation: null, offers: ['replan', 'skip'] }, [subject]);
    await recordCase(this.#case, 'target.parked', { target: subject, step: phase.step, code: 'CONTAINMENT_CHANGED' });
  }

  /** What a release is about and no other one is taking back, later phases first: the freeze goes before the wall around it. */
  named({ steps, subjects }: Release): readonly { readonly at: number; readonly phase: Phase; readonly subjects: Subjects }[] {
    const names = subjects.map((subject): string => (subject.kind === 'bmc' ? subject.target : subject.name));
    return this.#phases
      .map((phase, at) => ({
        at,
        phase,
        subjects: this.#ledger
          .held(at)
          .filter((held) => (names.length === 0 || names.includes(held)) && !this.#releasing.has(key(at, held))),
      }))
      .filter(({ phase, subjects: held }) => held.length > 0 && (steps.length === 0 || steps.includes(phase.step)))
      .reverse();
  }

  /** While this runs nothing of it is lifted: a section that has begun is finished, and would put back what was just taken away. */
  carrying(at: number, subjects: Subjects): { readonly end: () => void } {
    const work = { keys: new Set(subjects.map((subject) => key(at, subject))) };
    this.#carrying.add(work);
    return { end: () => this.#carrying.delete(work) };
  }

  isCarrying(at: number, subject: Id<'target'>): boolean {
    return [...this.#carrying].some(({ keys }) => keys.has(key(at, subject)));
  }

  async release(statement: Release, digest: Digest<'statement'>): Promise<void> {
    const named = this.named(statement);
    const keys = named.flatMap(({ at, subjects }) => subjects.map((subject) => key(at, subject)));
    await this.#alone(keys, () => this.#releaseAll(named, digest));
  }

  async #releaseAll(named: ReturnType<Holds['named']>, digest: Digest<'statement'>): Promise<void> {
    for (const { at, phase, subjects } of named) {
      await condition(() => !subjects.some((subject) => this.isCarrying(at, subject)));
      // A last look, before what it would find is taken back.
      if (phase.step === FREEZE) await this.#lookAtFreeze(at, phase, subjects);
      for (const subject of subjects) {
        this.#ledger.unpark(subject, phase.step);
        this.#lifting.set(key(at, subject), digest);
      }
      await this.#lift(at, phase, subjects);
    }
  }

  isLifting(at: number, subject: Id<'target'>): boolean {
    return this.#lifting.has(key(at, subject));
  }

  /** An undo that failed is tried again, or somebody has signed that it is taken care of by hand. */
  async resolve(choice: Choice, at: number, subjects: Subjects): Promise<void> {
    const phase = this.#phases[at];
    if (phase === undefined) return;
    const keys = subjects.map((subject) => key(at, subject));
    await this.#alone(keys, () => (choice === 'retry' ? this.#lift(at, phase, subjects) : this.#letGo(at, phase, subjects)));
  }

  async #alone(keys: readonly string[], work: () => Promise<void>): Promise<void> {
    for (const one of keys) this.#releasing.add(one);
    try {
      await work();
    } finally {
      for (const one of keys) this.#releasing.delete(one);
    }
  }

  async #lift(at: number, phase: Phase, subjects: Subjects): Promise<void> {
    await this.#unwatch(subjects);
    const stuck = new Set<string>();
    for (const [release, { gate, pages }, members] of this.#groups(at, subjects)) {
      const targets = members.filter((subject) => !stuck.has(subject));
      if (targets.length === 0) continue;
      const ended = await this.#sweeps.run({ at, phase, mode: 'release', targets, round: gate.round, gate, pages, release });
      for (const { state, targets: parked } of [...ended.parked, ...notLifted(ended, targets)]) {
        this.#ledger.park(at, state, parked);
        for (const target of parked) {
          stuck.add(target);
          await recordCase(this.#case, 'target.parked', { target, step: phase.step, code: `UNDO_${state.code}` });
        }
      }
    }
    await this.#letGo(
      at,
      phase,
      subjects.filter((subject) => !stuck.has(subject)),
    );
  }

  async #letGo(at: number, phase: Phase, subjects: Subjects): Promise<void> {
    if (subjects.length === 0) return;
    this.#ledger.letGo(at, subjects);
    const [first] = subjects;
    const statement = first === undefined ? null : (this.#lifting.get(key(at, first)) ?? null);
    for (const subject of subjects) this.#lifting.delete(key(at, subject));
    for (const enforcer of this.#opened.enforcers)
      if (subjects.some((subject) => subject === text(enforcer.name))) this.#watches.released(enforcer);
    await recordCase(this.#case, 'containment.released', { step: phase.step, statement, released: subjects.length });
  }

  async #unwatch(subjects: Subjects): Promise<void> {
    for (const enforcer of this.#opened.enforcers)
      if (subjects.some((subject) => subject === text(enforcer.name))) await this.#watches.stop(enforcer);
  }

  plansOf(at: number, subject: Id<'target'>): readonly Approved[] {
    return this.#plans.get(key(at, subject)) ?? [];
  }

  /** Subjects of one release and one plan are lifted in one sweep; the newest plan first. */
  #groups(at: number, subjects: Subjects): readonly (readonly [Digest<'statement'>, Approved, Subjects])[] {
    const groups = new Map<
      string,
      { readonly release: Digest<'statement'>; readonly approved: Approved; readonly members: Id<'target'>[] }
    >();
    for (const subject of subjects) {
      const release = this.#lifting.get(key(at, subject));
      if (release === undefined) continue;
      for (const approved of this.plansOf(at, subject)) {
        const name = `${String(approved.gate.round).padStart(6, '0')} ${approved.gate.root} ${release}`;
        const group = groups.get(name) ?? { release, approved, members: [] };
        group.members.push(subject);
        groups.set(name, group);
      }
    }
    return [...groups].sort(([a], [b]) => (a < b ? 1 : -1)).map(([, { release, approved, members }]) => [release, approved, members]);
  }

  #stepOf(enforcer: string): Phase['step'] | null {
    return this.#phases.find((_, at) => this.#ledger.held(at).some((held) => held === text(enforcer)))?.step ?? null;
  }

  get #phases(): readonly Phase[] {
    return this.#opened.runbook.phases;
  }
}

/** Whoever came back neither parked nor done is in force still, whatever the reason. */
function notLifted(ended: Ended, targets: Subjects): Ended['parked'] {
  const told = new Set([
    ...ended.parked.flatMap((group) => group.targets),
    ...ended.settled.flatMap((group) => (group.verdict.is === 'done' ? group.targets : [])),
  ]);
  const left = targets.filter((target) => !told.has(target));
  if (left.length === 0) return [];
  const why = 'it was not taken back; what was in force still is';
  return [{ state: { at: 'parked', code: 'NOT_LIFTED', why, operation: null, offers: ['retry', 'skip'] }, targets: left }];
}

function key(at: number, subject: string): string {
  return `${String(at)}/${subject}`;
}

/** An enforcer's name, to be compared with subjects of a sweep, which are named alike. */
function text(name: string): string {
  return name;
}

function isWrong({ must, state }: Containment['paths'][number]): boolean {
  return must === 'blocked' ? state === 'open' : state === 'closed';
}
