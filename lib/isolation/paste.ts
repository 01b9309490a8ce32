import { digestOf } from '../trust/canonical.js';
import type { PasteTerms } from '../model/isolation-terms.js';
import type { Enforcer } from './enforcer.js';
import { IsolationError } from './error.js';
import { WITNESSES } from './witnesses.js';

/**
 * An enforcer that only a person reaches. We know nothing of what is in force there, and nothing that we could do would change it: the plan asks a
 * person, and probes show what came of it.
 */
export function openPaste(terms: PasteTerms): Enforcer {
  return {
    // What people are told to do is all that we know of it: other instructions are another enforcer.
    identify: async () => `paste ${terms.name} ${digestOf(terms)}`,
    witness: async () => ({ files: [], missing: WITNESSES }),
    inForce: async () => ({ rules: null, armed: false, intact: true }),
    check: () => byHand(terms),
    apply: () => byHand(terms),
  };
}

async function byHand({ name }: PasteTerms): Promise<never> {
  throw new IsolationError('RULES_REFUSED', `${name} takes no rules from a program: a person puts them there by its instruction`);
}
