import type { NftablesTerms } from '../../model/site.js';
import type { Enforcer } from '../enforcer.js';
import { IsolationError } from '../error.js';

export function openNftables({ name }: NftablesTerms, _options: { readonly signal: AbortSignal }): Enforcer {
  throw new IsolationError('TOOL_MISSING', `${name}: enforcers of this kind are not built yet`);
}
