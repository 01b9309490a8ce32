import { executeChild, getExternalWorkflowHandle, ParentClosePolicy } from '@temporalio/workflow';
import { id, type Digest, type Id } from '../lib/model/json.js';
import type { Choice } from '../lib/model/verdict.js';
import type { Case, Ended, GateRef, Mode, Opened, SweepInput } from '../lib/model/work.js';
import type { Phase } from '../lib/model/runbook.js';
import type { Ledger } from './ledger.js';
import type { IncidentInput } from './messages.js';
import { stopSignal } from './shard.js';
import { sweep } from './sweep.js';

type Targets = readonly Id<'target'>[];

/** What is to be done to which targets of one phase. */
export interface Errand {
  readonly at: number;
  readonly phase: Phase;
  readonly mode: Mode;
  readonly targets: Targets;
  readonly round?: number;
  readonly gate?: GateRef;
  readonly pages?: Ended['pages'];
  /** For mode `release`. */
  readonly release?: Digest<'statement'>;
}

/** Starts the sweeps of one incident, knows which run, and stops them. */
export class Sweeps {
  readonly #input: IncidentInput;
  readonly #opened: Opened;
  readonly #case: Case;
  readonly #ledger: Ledger;
  readonly #running = new Map<string, Mode>();
  #sequence = 0;

  constructor(input: IncidentInput, opened: Opened, known: Case, ledger: Ledger) {
    this.#input = input;
    this.#opened = opened;
    this.#case = known;
    this.#ledger = ledger;
  }

  /** Never throws: a sweep that fails as a whole parks its targets, and the incident goes on. */
  async run(errand: Errand): Promise<Ended> {
    const workflowId = `incident/${this.#case.incident}/${errand.mode}-${String(++this.#sequence)}`;
    this.#running.set(workflowId, errand.mode);
    this.#ledger.sweepStarted(errand.at, workflowId);
    try {
      return await executeChild(sweep, {
        workflowId,
        args: [this.#order(errand)],
        workflowTaskTimeout: '5s',
        parentClosePolicy: ParentClosePolicy.TERMINATE,
      });
    } catch (error) {
      return lost(error, errand.targets);
    } finally {
      this.#running.delete(workflowId);
      this.#ledger.sweepEnded(errand.at, workflowId);
    }
  }

  /** Running sweeps start no further targets; what has begun is finished. What is being taken back goes on: a cancel contains no more than before. */
  stopAll(): void {
    for (const [workflowId, mode] of this.#running) if (mode !== 'release') void this.#stop(workflowId);
  }

  #order({ phase, mode, targets, round = 0, gate, pages = [], release }: Errand): SweepInput {
    const wanted = new Set(targets);
    const retries = targets.map((target) => [target, this.#ledger.retries(target, phase.step)] as const).filter(([, count]) => count > 0);
    return {
      case: this.#case,
      step: phase.step,
      mode,
      round,
      zones: this.#input.zones
        .map(({ zone, targets: all }) => ({ zone, targets: [...all, ...this.#enforcers(zone)].filter((subject) => wanted.has(subject)) }))
        .filter(({ targets: some }) => some.length > 0),
      pages,
      gate: gate ?? null,
      retries: Object.fromEntries(retries),
      maxFailures: mode === 'close' || mode === 'release' || mode === 'watch' ? null : phase.maxFailures,
      release: release ?? null,
    };
  }

  /** In a sweep an enforcer stands among targets, by its name. */
  #enforcers(zone: Id<'zone'>): Targets {
    return this.#opened.enforcers.filter((enforcer) => enforcer.zone === zone).map(({ name }) => id<'target'>(name));
  }

  async #stop(workflowId: string): Promise<void> {
    try {
      await getExternalWorkflowHandle(workflowId).signal(stopSignal, { incident: this.#case.incident, reason: 'cancelled' });
    } catch {
      // The sweep ended while the signal was on its way: there is nothing left to stop.
    }
  }
}

/** A sweep that failed as a whole, as when a result did not authenticate, parks its targets: the incident goes on. */
function lost(error: unknown, targets: Targets): Ended {
  const why = error instanceof Error ? error.message.slice(0, 300) : 'no reason given';
  const offers: readonly Choice[] = ['retry', 'skip', 'abort'];
  return {
    settled: [],
    parked: [{ state: { at: 'parked', code: 'SWEEP_FAILED', why, operation: null, offers }, targets }],
    pages: [],
    findings: 0,
  };
}
