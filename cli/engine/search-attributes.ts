import { SEARCH_ATTRIBUTES } from '../../lib/model/search-attributes.js';

/** The two types in use, with the numbers that the engine's protocol gives them. */
export const ATTRIBUTE_TYPES = { Keyword: 2, Int: 3 } as const;

/** Every search attribute of the product and its type: what `engine start` registers and `engine status` checks. */
export const ATTRIBUTE_DEFINITIONS: readonly { readonly name: string; readonly type: keyof typeof ATTRIBUTE_TYPES }[] = [
  { name: SEARCH_ATTRIBUTES.incident, type: 'Keyword' },
  { name: SEARCH_ATTRIBUTES.state, type: 'Keyword' },
  { name: SEARCH_ATTRIBUTES.targets, type: 'Int' },
  { name: SEARCH_ATTRIBUTES.parked, type: 'Int' },
];
