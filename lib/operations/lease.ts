import { time } from '../model/json.js';
import type { Send } from '../model/operation.js';
import { StoreError } from '../store/error.js';
import type { Look, Prepared, Workbench } from './bench.js';
import { refuse } from './error.js';
import { lockOf, type Job } from './job.js';

type Lease = Send & { kind: 'lease' };

/** The lease is a file of this zone: taken or given back, and nothing leaves for the BMC. Null when it stands as wanted. */
export async function prepareLease(job: Job, bench: Workbench, send: Lease): Promise<Prepared | null> {
  const look = await observeLease(job, send);
  if (look.is === 'done') return null;
  return { seen: {}, act: () => settle(job, bench, send) };
}

export async function observeLease({ deps, order }: Job, send: Lease): Promise<Look> {
  const held = await deps.leases.get(lockOf(order.subject));
  const isOurs = held?.incident === order.incident;
  const isAsWanted = send.act === 'take' ? isOurs : !isOurs;
  return isAsWanted ? { is: 'done' } : { is: 'unsettled', shown: true, acknowledged: false };
}

async function settle(job: Job, { now }: Workbench, send: Lease): Promise<Look> {
  const { deps, order, context } = job;
  const target = lockOf(order.subject);
  if (send.act === 'give-back') await deps.leases.giveBack(target, order.incident);
  else
    try {
      await deps.leases.take(target, { incident: order.incident, launch: context.case.launch }, time(now()));
    } catch (error) {
      if (error instanceof StoreError && error.code === 'LEASE_HELD') return { is: 'failed', code: error.code };
      throw error;
    }
  return observeLease(job, send);
}

/** Another incident's lease stops everything that we would change on the target; one that cannot be read counts as another's. */
export async function requireLease({ deps, order }: Job): Promise<void> {
  if (order.subject.kind !== 'bmc') return;
  const held = await deps.leases.get(order.subject.target);
  if (held !== null && held.incident !== order.incident)
    refuse('LEASE_HELD', `${order.subject.target} is frozen by incident ${held.incident}; only one incident acts on a target at a time`);
}
