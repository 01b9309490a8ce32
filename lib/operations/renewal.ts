import { OWN_URI } from '../evidence/format.js';
import { time, type Digest } from '../model/json.js';
import type { RedfishTarget } from '../model/site.js';
import type { Connection } from '../redfish/types.js';
import { onRecord } from '../steps/own-session.js';
import { recordingReader } from '../steps/reader.js';
import { claimKey } from '../store/claims.js';
import type { Renewal } from '../store/pins.js';
import type { Bench, Look, Workbench } from './bench.js';
import { refuse } from './error.js';
import type { Job } from './job.js';
import { requireDevice } from './new-secret.js';
import { LOOKS } from './observed.js';

/** One operation of a section that gives a target a new TLS key. */
export interface Renewing {
  readonly job: Job;
  readonly target: RedfishTarget;
  readonly bench: Workbench;
  readonly identity: Digest<'identity'>;
  readonly conversation: Conversation;
}

/** A conversation that is opened when it is needed, with the device that was planned for, and closed with the work. */
export interface Conversation {
  open(): Promise<Bench>;
  close(): Promise<void>;
}

export function conversationWith({ job, target, bench, identity }: Omit<Renewing, 'conversation'>): Conversation {
  const { deps, series, context } = job;
  let opened: Promise<{ readonly connection: Connection; readonly bench: Bench }> | null = null;
  const open = async (): Promise<{ readonly connection: Connection; readonly bench: Bench }> => {
    const connection = await onRecord(series, () => deps.connect(context.case, target, series, bench.shield.signal));
    const reader: Bench['reader'] = (purpose) => recordingReader(connection, series, purpose);
    return { connection, bench: { ...bench, session: connection.session, connection, reader } };
  };
  return {
    async open() {
      opened ??= open();
      const { connection, bench: own } = await opened;
      await requireDevice(connection, job, identity);
      return own;
    },
    async close() {
      const last = await opened?.catch(() => null);
      await last?.connection.close();
    },
  };
}

export async function renewalOf({ job, target }: Pick<Renewing, 'job' | 'target'>): Promise<Renewal | null> {
  return (await job.deps.pins.read(target.id)).renewal;
}

export async function noteRenewal({ job, target }: Pick<Renewing, 'job' | 'target'>, renewal: Renewal | null): Promise<void> {
  await job.deps.pins.note(target.id, renewal);
}

/** One of our own documents, as evidence of what was asked for and what came. */
export async function keepText({ job: { series } }: Pick<Renewing, 'job'>, name: string, text: string): Promise<void> {
  const now = time(Date.now());
  const uri = `${OWN_URI}${name}`;
  const answer = {
    uri,
    answeredBy: uri,
    status: null,
    headers: {},
    body: Buffer.from(text),
    json: null,
    startedAt: now,
    endedAt: now,
    peer: null,
  };
  await series.stage({ purpose: 'certificate', class: null, answer });
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
