import type { IncidentView } from '../../lib/model/incident.js';
import { id, type Id } from '../../lib/model/json.js';
import type { TargetState } from '../../lib/model/verdict.js';
import type { Desk } from '../desk.js';

export interface LiveTarget {
  readonly step: Id<'step'>;
  readonly target: Id<'target'>;
  readonly state: TargetState;
}

const CLOSE = id<'step'>('close');

/** The targets of running sweeps, as their shards know them now. */
export class LiveTargets {
  readonly #desk: Desk;
  /** A sweep cuts its targets once, so its shards are asked for once. */
  readonly #shards = new Map<string, readonly string[]>();

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  async of(view: IncidentView | null): Promise<readonly LiveTarget[]> {
    const phases = view?.phases ?? [];
    // A sweep of a phase that is done closes the series of the targets.
    const sweeps = phases.flatMap(({ step, state, sweeps }) => sweeps.map((sweep) => ({ step: state === 'done' ? CLOSE : step, sweep })));
    return (await Promise.all(sweeps.map(({ step, sweep }) => this.#ofSweep(step, sweep)))).flat();
  }

  async #ofSweep(step: Id<'step'>, sweep: string): Promise<readonly LiveTarget[]> {
    const ids = this.#shards.get(sweep) ?? (await this.#desk.shards(sweep));
    if (ids === null) return [];
    this.#shards.set(sweep, ids);
    const shards = await Promise.all(ids.map((id) => this.#desk.shard(id)));
    return shards.flatMap((shard) => shard?.targets.map(({ target, state }) => ({ step, target, state })) ?? []);
  }
}
