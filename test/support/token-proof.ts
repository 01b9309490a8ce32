import type { FaultName } from '../../drill/faults/faults.js';
import type { ExecutorDeps } from '../../lib/operations/job.js';
import { codeOf } from './as-the-engine.js';
import type { OneTarget } from './one-target.js';

export const SESSIONS = '/redfish/v1/SessionService/Sessions';

export interface How {
  readonly fault?: FaultName;
  /** What the executor stands on in the n-th attempt, from 1. */
  readonly over?: ((deps: ExecutorDeps, attempt: number) => ExecutorDeps) | undefined;
  /** After so many attempts nobody asks again, and it `is` UNSETTLED. */
  readonly attempts?: number;
  /** Begins with the first attempt. */
  readonly meanwhile?: () => Promise<void>;
}

export interface Proved {
  readonly is: string;
  /** What the BMC was asked meanwhile. */
  readonly asked: readonly { readonly method: string; readonly uri: string; readonly status: number | null }[];
}

/** Proofs that a dead token is refused, one after the other on one BMC, each as the engine drives it: in a round of its own, the same again while it is not settled. */
export function proving(one: OneTarget): (how?: How) => Promise<Proved> {
  let round = 0;
  return async ({ fault, over, attempts = MOST_ATTEMPTS, meanwhile }: How = {}) => {
    round += 1;
    const send = { kind: 'dead-token', sessions: SESSIONS } as const;
    const planned = await one.planOf({ send, line: `proof ${String(round)}`, limitMs: 60_000 }, { effect: 'observe', destroys: [] });
    const gate = await one.open(planned, round);
    await one.approve(gate);
    if (fault !== undefined) await one.fleet.fault(one.bmc.id, fault);
    const { entries } = one.fleet.wire;
    const before = entries.length;
    const disturbed = meanwhile?.();
    try {
      for (let attempt = 1; attempt <= attempts; attempt++) {
        const executor = one.executor((deps) => over?.(deps, attempt) ?? deps);
        const outcome = await executor
          .attempt(one.order(planned.row, 1, { round }), one.context(gate), new AbortController().signal)
          .catch((error: unknown) => error);
        const is = codeOf(outcome);
        if (is === null) continue;
        await disturbed;
        return { is, asked: entries.slice(before) };
      }
      return { is: 'UNSETTLED', asked: entries.slice(before) };
    } finally {
      await one.fleet.fault(one.bmc.id, null);
    }
  };
}

const MOST_ATTEMPTS = 40;
