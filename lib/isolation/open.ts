import type { EnforcerTerms } from '../model/site.js';
import type { Enforcer } from './enforcer.js';

export function openEnforcer(terms: EnforcerTerms, { signal }: { readonly signal: AbortSignal }): Enforcer {
  throw new RangeError(`${terms.name} ${String(signal.aborted)}`);
}
