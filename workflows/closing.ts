import type { IndexRow } from '../lib/model/plan.js';

/** What the section of an operation that went wrong ends with in any case, by number; taken back, with setting the lock again that it had lifted. */
export function closingAfter({ closing = [] }: Pick<IndexRow, 'closing'>, operation: number, backwards: boolean): readonly number[] {
  const section = closing.find(({ first, last, always }) => (first <= operation && operation <= last) || always.includes(operation));
  if (backwards) return (section?.lifts ?? []).filter((one) => one < operation);
  return (section?.always ?? []).filter((one) => one > operation);
}
