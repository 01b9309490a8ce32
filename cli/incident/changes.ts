import type { PhaseView } from '../../lib/model/incident.js';
import type { TargetState } from '../../lib/model/verdict.js';
import { detailOf } from './containment.js';
import type { LiveTarget } from './live.js';
import type { Standing } from './standing.js';

/** One fact about an incident that can change: a line of `watch` without a terminal. */
export interface Fact {
  readonly subject: 'incident' | 'worker' | 'phase' | 'containment' | 'gate' | 'target' | 'messages';
  readonly name: string;
  readonly state: string;
  readonly detail: string;
}

/** What is new or different against what was told before, in the order of {@link factsOf}. */
export class Changes {
  readonly #told = new Map<string, string>();

  of(standing: Standing, live: readonly LiveTarget[]): readonly Fact[] {
    return factsOf(standing, live).filter(({ subject, name, state, detail }) => {
      const key = `${subject} ${name}`;
      const now = `${state} ${detail}`;
      const changed = this.#told.get(key) !== now;
      this.#told.set(key, now);
      return changed;
    });
  }
}

function factsOf({ incident, opened, view, workers }: Standing, live: readonly LiveTarget[]): readonly Fact[] {
  const missing = workers
    .filter(({ lastPoll }) => lastPoll === null)
    .map(({ queue }) => (queue.kind === 'zone' ? `zone ${queue.zone}` : 'control'));
  const worker: Fact = { subject: 'worker', name: 'all', state: missing.length === 0 ? 'polling' : 'missing', detail: missing.join(', ') };
  if (view === null)
    return [{ subject: 'incident', name: incident, state: opened.ended ? 'ended' : 'silent', detail: 'no worker answers' }, worker];
  const why = view.refusal === null ? '' : `${view.refusal.code}: ${view.refusal.message}`;
  return [
    { subject: 'incident', name: incident, state: view.outcome ?? view.state, detail: why },
    worker,
    ...view.containment.map((one): Fact => ({
      subject: 'containment',
      name: `${one.zone} ${one.enforcer}`,
      state: one.state,
      detail: detailOf(one),
    })),
    ...view.phases.map((phase): Fact => ({ subject: 'phase', name: phase.step, state: phase.state, detail: countsOf(phase) })),
    ...live.map(({ step, target, state }): Fact => ({ subject: 'target', name: `${target} ${step}`, ...wordsOf(state) })),
    ...view.parked.map(({ target, step, state }): Fact => ({ subject: 'target', name: `${target} ${step}`, ...wordsOf(state) })),
    ...view.gates.map((gate): Fact => ({
      subject: 'gate',
      name: `${gate.gate} round ${String(gate.round)}`,
      state: gate.state,
      detail: `${String(gate.approvals.length)} of ${String(gate.policy.quorum)} approvals`,
    })),
    ...(view.refusedMessages > 0
      ? [{ subject: 'messages', name: 'refused', state: String(view.refusedMessages), detail: '' } as const]
      : []),
  ];
}

export function countsOf({ settled, parked }: PhaseView): string {
  const counts = settled.map(({ verdict, targets }) => `${verdict.is} ${String(targets.length)}`);
  return [...counts, ...(parked > 0 ? [`parked ${String(parked)}`] : [])].join(', ');
}

/** A target's state as a word, and what there is to say about it. */
export function wordsOf(state: TargetState): { readonly state: string; readonly detail: string } {
  switch (state.at) {
    case 'waiting':
      return { state: 'waiting', detail: '' };
    case 'running':
      return { state: 'running', detail: state.operation === null ? '' : `operation ${String(state.operation)}` };
    case 'parked':
      return { state: 'parked', detail: `${state.code}: ${state.why}` };
    case 'settled':
      return { state: state.verdict.is, detail: 'code' in state.verdict ? state.verdict.code : '' };
  }
}
