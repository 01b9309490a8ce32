import type { IncidentView } from '../../lib/model/incident.js';
import type { Id } from '../../lib/model/json.js';
import type { TargetState } from '../../lib/model/verdict.js';
import type { Desk } from '../desk.js';

export interface LiveTarget {
  readonly step: Id<'step'>;
  readonly target: Id<'target'>;
  readonly state: TargetState;
}

/** The targets of running sweeps, as their shards know them now. */
export class LiveTargets {
  readonly #desk: Desk;
  /** A sweep cuts its targets once, so its shards are asked for once. */
  readonly #shards = new Map<string, readonly string[]>();

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  async of(view: IncidentView | null): Promise<readonly LiveTarget[]> {
    const sweeps = view?.phases.flatMap(({ step, sweeps }) => sweeps.map((sweep) => ({ step, sweep }))) ?? [];
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
