import { stageOwn } from '../evidence/own-document.js';
import type { Digest } from '../model/json.js';
import type { RedfishTarget } from '../model/site.js';
import { claimKey } from '../store/claims.js';
import type { Renewal } from '../store/pins.js';
import type { Look, Workbench } from './bench.js';
import type { Conversation } from './conversation.js';
import { refuse } from './error.js';
import type { Job } from './job.js';
import { LOOKS } from './observed.js';

/** One operation of a section that gives a target a new TLS key. */
export interface Renewing {
  readonly job: Job;
  readonly target: RedfishTarget;
  readonly bench: Workbench;
  readonly identity: Digest<'identity'>;
  readonly conversation: Conversation;
}

export async function renewalOf({ job, target }: Pick<Renewing, 'job' | 'target'>): Promise<Renewal | null> {
  return (await job.deps.pins.read(target.id)).renewal;
}

export async function noteRenewal({ job, target }: Pick<Renewing, 'job' | 'target'>, renewal: Renewal | null): Promise<void> {
  await job.deps.pins.note(target.id, renewal);
}

/** One of our own documents, as evidence of what was asked for and what came. */
export async function keepText({ job: { series } }: Pick<Renewing, 'job'>, name: string, text: string): Promise<void> {
  await stageOwn(series, { purpose: 'certificate', name, text });
  await series.commit();
}

/**
 * Which of its two keys the BMC shows, by a handshake in which nothing is sent. While it is the old one it may still come to the new one; after the
 * last look it goes on with the old one, and so do we. A third key is nobody's whom we know.
 */
export async function lookAtKey(renewing: Renewing, renewal: Renewal): Promise<Look> {
  const { job, target, bench } = renewing;
  const shown = await job.deps.shownKey(target, bench.shield.signal);
  await job.series.record('operation.observed', { claim: claimKey(bench.order, null), key: shown });
  if (shown === renewal.fresh) return { is: 'done' };
  if (shown !== renewal.old) return { is: 'unknown', code: 'PIN_MISMATCH' };
  const { observed } = await bench.claims.tries(bench.order, null);
  if (observed < LOOKS) return { is: 'unsettled', shown: true, acknowledged: true };
  await noteRenewal(renewing, { ...renewal, state: 'not-applied' });
  return { is: 'failed', code: 'NOT_APPLIED' };
}

/** The renewal as the operation before this one left it. */
export async function requireRenewal(renewing: Renewing, ...states: readonly Renewal['state'][]): Promise<Renewal> {
  const renewal = await renewalOf(renewing);
  if (renewal === null || !states.includes(renewal.state))
    return refuse('PRECONDITION_FAILED', `no certificate of ${renewing.target.id} is ${states.join(' or ')}; plan again`);
  return renewal;
}
