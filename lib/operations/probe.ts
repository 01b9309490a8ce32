import { probePaths } from '../isolation/probe.js';
import { stageFile } from '../isolation/witness.js';
import type { ProbedPath } from '../model/isolation.js';
import type { Send } from '../model/operation.js';
import { claimKey } from '../store/claims.js';
import type { Look, Prepared } from './bench.js';
import type { EnforcerBench } from './on-enforcer.js';

type Probe = Send & { kind: 'probe' };

/** A probe changes nothing and is never `already`: what was closed a minute ago may be open. */
export function prepareProbe(bench: EnforcerBench, send: Probe): Prepared {
  return { seen: {}, act: () => observeProbe(bench, send) };
}

/**
 * Tries every path once. What must be reached and is not, or must be blocked and is open, fails; what nobody could try leaves the operation
 * without proof, and says so. Every probe is evidence.
 */
export async function observeProbe({ series, vantages, askVantage, shield, order }: EnforcerBench, send: Probe): Promise<Look> {
  const { probed, files } = await probePaths({ paths: send.paths, vantages, budgetMs: send.budgetMs, signal: shield.signal, askVantage });
  for (const file of files) await stageFile(series, 'observe', `probe:/${file.name}`, file);
  await series.commit();
  for (const { id, vantage, at, to, port, must, state, how } of probed)
    await series.record('path.probed', { claim: claimKey(order, null), id, vantage, at, to, port, must, state, how: how.slice(0, 500) });
  for (const { id, why } of send.unprobed)
    await series.record('path.probed', { claim: claimKey(order, null), id, state: 'unknown', how: why });
  return judge(probed);
}

export function judge(probed: readonly ProbedPath[]): Look {
  if (probed.some(({ must, state }) => must === 'blocked' && state === 'open')) return { is: 'failed', code: 'PATH_OPEN' };
  if (probed.some(({ must, state }) => must === 'reach' && state === 'closed'))
    return { is: 'unsettled', shown: true, acknowledged: true, code: 'PATH_CLOSED' };
  // A control that was reached proves that its vantage point works, and nothing about what must be blocked.
  const asked = probed.some(({ must }) => must === 'blocked') ? 'blocked' : 'reach';
  const isProven = probed.some(({ must, state }) => must === asked && state === (must === 'reach' ? 'open' : 'closed'));
  return isProven ? { is: 'done' } : { is: 'failed', code: 'NO_VANTAGE' };
}
