import type { Series } from '../evidence/types.js';
import type { Planned } from '../model/incident.js';
import { id, type Id } from '../model/json.js';
import type { Operation } from '../model/operation.js';
import type { Target } from '../model/site.js';
import { identityDigest } from '../redfish/identity.js';
import type { Objects } from '../store/objects.js';
import { apart, keepPlan } from './plan.js';

export const LEASE_STEP = id<'step'>('lease');

/** Holds a target for one incident. No byte goes to the BMC, so whoever answers there, and whether anybody does, is not asked. */
export async function planLease(
  target: Target,
  incident: Id<'incident'>,
  { series, objects }: { readonly series: Series; readonly objects: Objects },
): Promise<Planned> {
  const take: Omit<Operation, 'n'> = {
    version: 1,
    send: { kind: 'lease', act: 'take' },
    line: `hold ${target.id} for incident ${incident}: other automation that asks is told that it is frozen`,
    limitMs: 60_000,
    before: [],
    after: [],
    proof: { by: 'state' },
    destroys: [],
    impact: 'none',
    undo: { send: { kind: 'lease', act: 'give-back' }, after: [] },
  };
  const identity = identityDigest(target.identity);
  const subject = { kind: 'bmc', target: target.id } as const;
  const proposal = apart({ findings: [], operations: [take] });
  return { ...(await keepPlan({ step: LEASE_STEP, subject, series, objects, identity, proposal })), unsupported: null };
}
