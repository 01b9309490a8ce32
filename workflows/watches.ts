import { getExternalWorkflowHandle, ParentClosePolicy, startChild } from '@temporalio/workflow';
import type { Containment } from '../lib/model/isolation.js';
import type { Case, EnforcerRef, GateRef } from '../lib/model/work.js';
import { lookNoMoreSignal, watch } from './watch.js';

/** The watches of one incident, one for each enforcer that contains, and what each saw last. */
export class Watches {
  readonly #case: Case;
  readonly #running = new Map<string, string>();
  readonly #seen = new Map<string, Containment>();
  #sequence = 0;

  constructor(known: Case) {
    this.#case = known;
  }

  get containment(): readonly Containment[] {
    return [...this.#seen.values()];
  }

  /** Replaces the watch of an earlier plan of the same enforcer. */
  async start(enforcer: EnforcerRef, gate: GateRef): Promise<void> {
    await this.stop(enforcer);
    const workflowId = `incident/${this.#case.incident}/watch-${String(++this.#sequence)}`;
    this.#running.set(enforcer.name, workflowId);
    await startChild(watch, {
      workflowId,
      args: [{ case: this.#case, enforcer, gate, last: null }],
      workflowTaskTimeout: '5s',
      parentClosePolicy: ParentClosePolicy.TERMINATE,
    });
  }

  async stop({ name }: EnforcerRef): Promise<void> {
    const workflowId = this.#running.get(name);
    this.#running.delete(name);
    if (workflowId === undefined) return;
    try {
      await getExternalWorkflowHandle(workflowId).signal(lookNoMoreSignal, { incident: this.#case.incident });
    } catch {
      // It ended by itself, as when somebody terminated it: there is nothing left to stop.
    }
  }

  /** Takes over what a watch saw; false when it comes from one that was stopped meanwhile. */
  see(containment: Containment): boolean {
    if (!this.#running.has(containment.enforcer)) return false;
    this.#seen.set(containment.enforcer, containment);
    return true;
  }

  released(enforcer: EnforcerRef): void {
    const last = this.#seen.get(enforcer.name);
    if (last !== undefined) this.#seen.set(enforcer.name, { ...last, state: 'released' });
  }
}
