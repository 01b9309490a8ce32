import type { Digest, Id } from '../model/json.js';
import type { Send } from '../model/operation.js';
import type { Workbench } from './bench.js';
import { enforcerIdentity } from '../isolation/identity.js';
import { refuse } from './error.js';
import type { GateCheck } from './gate-check.js';
import type { Hand } from './hand.js';
import { questionOf, type EnforcerAndVantages, type Job } from './job.js';
import { observeNetwork, prepareNetwork } from './network.js';
import { observeProbe, prepareProbe } from './probe.js';

export type EnforcerBench = Workbench &
  EnforcerAndVantages & {
    readonly name: Id<'enforcer'>;
    /** Whether this order may begin now. */
    readonly gateOpen: () => Promise<GateCheck>;
  };

/** Carries out what narrows the network, and what proves it. Nothing is kept open between calls. */
export async function onEnforcer<T>(
  job: Job,
  name: Id<'enforcer'>,
  common: Omit<Workbench, 'session'>,
  send: Send & { kind: 'network' | 'probe' },
  identity: Digest<'identity'>,
  work: (hand: Hand) => Promise<T>,
): Promise<T> {
  const found = await job.deps.enforcer(job.order.incident, name, common.shield.signal);
  const bench: EnforcerBench = { ...common, ...found, name, session: null, gateOpen: () => job.deps.gateOpen(questionOf(job)) };
  return work({
    bench,
    // A probe starts from vantage points and asks nothing of the enforcer, which may be the one that is cut off.
    requireDevice: () => (send.kind === 'probe' ? Promise.resolve() : requireEnforcer(bench, identity)),
    prepare: () => (send.kind === 'network' ? prepareNetwork(bench, send) : Promise.resolve(prepareProbe(bench, send))),
    observe: () => (send.kind === 'network' ? observeNetwork(bench, send) : observeProbe(bench, send)),
  });
}

async function requireEnforcer({ enforcer, name }: EnforcerBench, planned: Digest<'identity'>): Promise<void> {
  if (enforcerIdentity(await enforcer.identify()) !== planned)
    refuse('WRONG_DEVICE', `another enforcer answers as ${name} than the one that was planned for; look at it before anything is changed`);
}
