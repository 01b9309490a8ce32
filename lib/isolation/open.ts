import type { EnforcerTerms } from '../model/isolation-terms.js';
import { openCommand } from './command.js';
import type { Enforcer } from './enforcer.js';
import { openNftables } from './nftables/enforcer.js';
import { openPaste } from './paste.js';

/** What cuts a segment off, by its terms. Nothing is asked of it yet; `signal` ends whatever is under way. */
export function openEnforcer(terms: EnforcerTerms, options: { readonly signal: AbortSignal }): Enforcer {
  switch (terms.kind) {
    case 'nftables':
      return openNftables(terms, options);
    case 'command':
      return openCommand(terms, options);
    case 'paste':
      return openPaste(terms);
  }
}
