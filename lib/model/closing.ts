import type { Operation, Section } from './operation.js';
import type { Closing } from './plan.js';

/** What the row of a plan says of a section that ends with something in any case: workflows read no plans. Nothing, where there is nothing of it. */
export function closingOf(section: Section): readonly Closing[] {
  const { operations, always } = section;
  if (always.length === 0) return [];
  const { lifts } = liftIn(section);
  const closing = { first: operations[0].n, last: (operations.at(-1) ?? operations[0]).n, always: always.map(({ n }) => n) };
  return [lifts.length === 0 ? closing : { ...closing, lifts }];
}

/** Operations of a section, by number, between which a setting is other than it was and shall be: a maker's lock is lifted, and set again. */
interface Lift {
  readonly lifts: readonly number[];
  /** Among those that the section ends with in any case. */
  readonly sets: readonly number[];
}

export function liftIn({ operations, always }: Section): Lift {
  const touching = (some: readonly Operation[], others: readonly Operation[]): readonly number[] => {
    const places = new Set(others.flatMap(placesOf));
    return some.filter((one) => placesOf(one).some((place) => places.has(place))).map(({ n }) => n);
  };
  return { lifts: touching(operations, always), sets: touching(always, operations) };
}

/** The settings of a BMC that an operation is seen to be done by. */
export function placesOf({ send, proof, after }: Operation): readonly string[] {
  if (send.kind !== 'redfish' || send.method !== 'PATCH' || proof.by !== 'state') return [];
  return after.flatMap((condition) => ('pointer' in condition ? [placeOf(condition)] : []));
}

/** Where a setting is; `pointer` is an RFC 6901 JSON Pointer. */
export function placeOf({ uri, pointer }: { readonly uri: string; readonly pointer: string }): string {
  return `${uri}#${pointer}`;
}
