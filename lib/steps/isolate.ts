import type { Enforcer } from '../isolation/enforcer.js';
import type { FindingCode } from '../model/finding.js';
import type { Id } from '../model/json.js';
import type { Operation } from '../model/operation.js';
import type { EnforcerTerms, Isolation, Target } from '../model/site.js';

export interface IsolationRequest {
  readonly zone: Id<'zone'>;
  readonly isolation: Isolation;
  readonly terms: EnforcerTerms;
  readonly incident: Id<'incident'>;
  readonly targets: readonly Target[];
  readonly enforcer: Enforcer;
  readonly signal: AbortSignal;
}

export interface IsolationPlan {
  readonly operations: readonly Omit<Operation, 'n'>[];
  readonly notes: readonly string[];
  readonly identity: string;
  readonly findings: readonly { readonly code: FindingCode; readonly advice: string }[];
}

export async function planIsolation(request: IsolationRequest): Promise<IsolationPlan> {
  return Promise.reject(new RangeError(request.zone));
}
