import type { IndexRow } from '../lib/model/plan.js';
import type { TargetState } from '../lib/model/verdict.js';

/** What the section of an operation that went wrong ends with in any case, by number; taken back, with setting the lock again that it had lifted. */
export function closingAfter({ closing = [] }: Pick<IndexRow, 'closing'>, operation: number, backwards: boolean): readonly number[] {
  const section = closing.find(({ first, last, always }) => (first <= operation && operation <= last) || always.includes(operation));
  if (backwards) return (section?.lifts ?? []).filter((one) => one < operation);
  return (section?.always ?? []).filter((one) => one > operation);
}

/** What one target, or one operation of it, came to. */
export interface TargetCame {
  readonly state: TargetState & { readonly at: 'settled' | 'parked' };
}

export function isDone({ state }: TargetCame): boolean {
  return state.at === 'settled' && state.verdict.is === 'done';
}

/**
 * The first thing that went wrong is what a person decides about; that the section did not end right either is said beside it. What nobody is asked
 * about, as a secret that is not shown, gives way to that: a lock that could not be set again never goes unsaid.
 */
export function withClosing<End extends TargetCame>(end: End, operation: number, closing: End): End {
  if (isDone(closing)) return end;
  if (end.state.at !== 'parked') return closing;
  const code = closing.state.at === 'parked' ? closing.state.code : 'not done';
  return {
    ...end,
    state: { ...end.state, why: `${end.state.why}; operation ${String(operation)}, which ends its section, came to ${code}` },
  };
}
