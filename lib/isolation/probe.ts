import type { Path, ProbedPath } from '../model/isolation.js';
import type { Vantage } from '../model/site.js';
import type { WitnessFile } from './enforcer.js';

export interface ProbeRequest {
  readonly paths: readonly Path[];
  readonly vantages: readonly Vantage[];
  readonly budgetMs: number;
  readonly signal: AbortSignal;
}

export async function probePaths(
  request: ProbeRequest,
): Promise<{ readonly probed: readonly ProbedPath[]; readonly files: readonly WitnessFile[] }> {
  return Promise.reject(new RangeError(String(request.budgetMs)));
}
