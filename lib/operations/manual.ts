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

/** Done once a person has signed that it is, and named evidence that lies in this very series. Until then the subject waits, parked. */
export async function observeManual({ deps, order, series }: Job, { operation }: Workbench): Promise<Look> {
  const key = claimKey(order, null);
  const completions = await deps.completions(order.incident, key);
  if (completions.length === 0) return { is: 'waits', order: key, why: operation.line };
  const held = await addedDigests(series.folder);
  const named = completions.find((captures) => captures.every((capture) => held.has(capture)));
  if (named === undefined) {
    const missing = new Set(completions.flat().filter((capture) => !held.has(capture)));
    return { is: 'waits', order: key, why: `the evidence ${[...missing].join(', ')} is not in this series: add it with evidence add` };
  }
  await series.record('operation.observed', { claim: key, evidence: named.join(' ') });
  return { is: 'done' };
}
