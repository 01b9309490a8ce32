import { condition } from '@temporalio/workflow';
import { id, type Id } from '../lib/model/json.js';
import type { Phase } from '../lib/model/runbook.js';
import { stepRow } from '../lib/model/steps.js';
import type { Opened } from '../lib/model/work.js';
import type { Holds } from './holds.js';
import type { Ledger } from './ledger.js';
import type { Roster } from './roster.js';

type Subjects = readonly Id<'target'>[];

interface IsolatingDeps {
  readonly roster: Roster;
  readonly opened: Opened;
  readonly ledger: Ledger;
  readonly holds: Holds;
  readonly isCancelled: () => boolean;
  /** Plans a phase for these subjects and carries it out. */
  readonly run: (n: number, phase: Phase, subjects: Subjects) => Promise<unknown>;
}

/** The phases that act on enforcers: they cut whole zones off, whoever of them is a target. */
export class Isolating {
  readonly #deps: IsolatingDeps;
  #isOver = false;

  constructor(deps: IsolatingDeps) {
    this.#deps = deps;
  }

  /** By their names; only zones of this incident. */
  get enforcers(): Subjects {
    const { roster, opened } = this.#deps;
    const zones = new Set<string>(roster.zones.map(({ zone }) => zone));
    return opened.enforcers.filter(({ zone }) => zones.has(zone)).map(({ name }) => id<'target'>(name));
  }

  /** For those that the launch names. Zones that nothing can cut off are on record as such, target by target. */
  async first(n: number, phase: Phase, targets: Subjects): Promise<void> {
    const { ledger, run } = this.#deps;
    this.#settleBare(n, targets);
    if (this.enforcers.length === 0) ledger.end(n);
    else await run(n, phase, this.enforcers);
    this.over();
  }

  /** The first chain is through, with or without a phase of this kind. */
  over(): void {
    this.#isOver = true;
  }

  /** Plans enforcers that contain anew, so that they cover whoever was added; what is under way there, or waits for a person, comes first. */
  async too(n: number, phase: Phase, targets: Subjects): Promise<void> {
    const { opened, ledger, holds, isCancelled, run } = this.#deps;
    this.#settleBare(n, targets);
    const zones = new Set(this.#zonesOf(targets));
    const theirs = opened.enforcers.filter(({ zone }) => zones.has(zone)).map(({ name }) => id<'target'>(name));
    const mayGo = (): boolean => isCancelled() || (this.#isOver && !this.#isBusy(n, phase, theirs));
    while (!mayGo()) await condition(mayGo);
    // What was lifted, or never put in force, stays so: that was somebody's decision.
    const inForce = theirs.filter((enforcer) => ledger.held(n).includes(enforcer) && !holds.isLifting(n, enforcer));
    if (!isCancelled() && inForce.length > 0) await run(n, phase, inForce);
  }

  #isBusy(n: number, { step }: Phase, subjects: Subjects): boolean {
    const { ledger, holds } = this.#deps;
    return ledger.isInside(n) || subjects.some((subject) => ledger.find(subject, step) !== undefined || holds.isCarrying(n, subject));
  }

  #settleBare(n: number, targets: Subjects): void {
    const { roster, opened, ledger } = this.#deps;
    const guarded = new Set(opened.enforcers.map(({ zone }) => zone));
    const bare = roster.zones.filter(({ zone }) => !guarded.has(zone)).flatMap(({ targets: all }) => all);
    ledger.settle(
      n,
      { is: 'unsupported', code: 'NO_ENFORCER', operation: null },
      targets.filter((target) => bare.includes(target)),
    );
  }

  #zonesOf(targets: Subjects): readonly Id<'zone'>[] {
    return this.#deps.roster.zones.flatMap(({ zone, targets: all }) => (all.some((target) => targets.includes(target)) ? [zone] : []));
  }
}

export function actsOnEnforcers({ step }: Phase): boolean {
  return stepRow(step)?.on === 'enforcer';
}
