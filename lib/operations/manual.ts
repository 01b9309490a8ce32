import { addedDigests } from '../evidence/kept.js';
import { captureWitness } from '../isolation/witness.js';
import { claimKey } from '../store/claims.js';
import type { Look, Prepared, Workbench } from './bench.js';
import type { Job } from './job.js';

/** A person does it. The claim says since when we wait; nothing is sent. What an enforcer can tell of before is captured first, as for our own acts. */
export async function prepareManual(job: Job, bench: Workbench): Promise<Prepared> {
  const { deps, order, series } = job;
  const { subject } = order;
  if (subject.kind === 'enforcer')
    await captureWitness(series, subject.name, (await deps.enforcer(order.incident, subject.name, bench.shield.signal)).enforcer);
  return { seen: {}, act: () => observeManual(job, bench) };
}

/**
 * Done once a person has signed that it is, since it was asked for, and named evidence that lies in this very series. Until then the subject waits,
 * parked. A word that was given before the claim is about nothing that anybody had been asked to do.
 */
export async function observeManual({ deps, order, series, claims, context }: Job, { operation }: Workbench): Promise<Look> {
  const key = claimKey(order, null);
  const since = (await claims.find(order, null))?.at;
  const said = await deps.completions(order.incident, { order: key, gate: context.gate.gate, isUndo: order.release !== null });
  const completions = said.filter(({ storedAt }) => since !== undefined && Date.parse(storedAt) >= Date.parse(since));
  if (completions.length === 0) return { is: 'waits', order: key, why: operation.line };
  const held = await addedDigests(series.folder);
  const named = completions.find(({ captures }) => captures.every((capture) => held.has(capture)));
  if (named === undefined) {
    const missing = new Set(completions.flatMap(({ captures }) => captures).filter((capture) => !held.has(capture)));
    return { is: 'waits', order: key, why: `the evidence ${[...missing].join(', ')} is not in this series: add it with evidence add` };
  }
  await series.record('operation.observed', { claim: key, evidence: named.captures.join(' ') });
  return { is: 'done' };
}
