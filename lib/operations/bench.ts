import { time, type Digest } from '../model/json.js';
import type { Effect } from '../model/effect.js';
import type { Claim, Operation, Order } from '../model/operation.js';
import type { Series } from '../evidence/types.js';
import { RedfishError } from '../redfish/errors.js';
import { textAt } from '../redfish/json.js';
import { messageIdsOf } from '../redfish/messages.js';
import type { Answer, Change, Connection } from '../redfish/types.js';
import { canonicalUri } from '../redfish/uri.js';
import { claimKey, type Claims } from '../store/claims.js';
import type { Reader } from '../steps/reader.js';
import type { Shield } from './shield.js';

/** Everything that one attempt at one operation works with, under the subject's lock, whatever the subject is. */
export interface Workbench {
  readonly order: Order;
  readonly operation: Operation;
  readonly effect: Effect;
  /** It sets a lock again that its section, or the release of that, has lifted. */
  readonly locks: boolean;
  readonly series: Series;
  readonly claims: Claims;
  readonly shield: Shield;
  /** Our session with the subject; null where there is none. */
  readonly session: string | null;
  readonly now: () => number;
}

/** What works on a BMC over Redfish. */
export interface Bench extends Workbench {
  readonly connection: Connection;
  /** Reads for the record, by what they are for. */
  readonly reader: (purpose: 'identity' | 'before-claim' | 'observe') => Reader;
}

/** How an operation ended, before it is written into the custody log. */
export type Settled = { readonly is: 'done' | 'already' } | { readonly is: 'failed' | 'unknown'; readonly code: string };

/**
 * What one look at the device shows. `shown`: it was seen that the postcondition does not hold. `acknowledged`: the BMC had said that it
 * would; `code` then says what is missing. `running`: it works on what was sent, and how far it is in its own words. `waits`: only a person can.
 */
export type Look =
  | Settled
  | { readonly is: 'unsettled'; readonly shown: boolean; readonly acknowledged: boolean; readonly code?: string }
  | { readonly is: 'running'; readonly progress: string }
  /** For a person, who signs that it is done; it costs no look. */
  | { readonly is: 'waits'; readonly order: Digest<'claim'>; readonly why: string };

/** What is ready to be sent: calling it sends, and looks once. The claim must exist. */
export type Act = () => Promise<Look>;

/** An act that is ready, and the witnesses of earlier acts that it must not be taken for. */
export interface Prepared {
  readonly act: Act;
  readonly seen: Claim['seen'];
}

/** Writes the claim and its custody line. After this the operation counts as attempted, whatever happens. */
export async function claim(bench: Workbench, member: string | null, seen: Claim['seen'] = {}): Promise<void> {
  const { order, operation, effect, session, now } = bench;
  await bench.claims.create({ order, member, at: time(now()), limitMs: operation.limitMs, effect, session, seen });
  await bench.series.record('operation.claimed', {
    claim: claimKey(order, member),
    plan: order.plan,
    operation: order.operation,
    round: order.round,
    retry: order.retry,
    release: order.release,
    member,
    effect,
    line: operation.line,
    session,
  });
}

/** However long an operation may work: the answer that it has begun comes sooner, or is taken for lost. */
const ANSWER_MS = 120_000;

/** Sends once, for the claim that was just made, and keeps the BMC's answer; `keep` is given the whole of it first. False when provably nothing left. */
export async function sendOnce(
  bench: Bench,
  member: string | null,
  change: Omit<Change, 'limitMs'>,
  keep: (answer: Answer) => Promise<void> = () => Promise.resolve(),
): Promise<boolean> {
  const { order, operation, connection, claims, series } = bench;
  // Giving up between claim and answer would only lose the answer: what aborts the work waits, at most until the hard limit.
  const sent = await bench.shield.during(() => answerOf(connection, keep, { ...change, limitMs: Math.min(operation.limitMs, ANSWER_MS) }));
  const { status, messages, resource, location } = sent;
  if (status !== null) await claims.note(order, member, { answer: { status, at: time(bench.now()), resource, location } });
  await series.record('operation.observed', {
    claim: claimKey(order, member),
    method: change.method,
    uri: change.uri,
    status,
    error: sent.error,
    messages: messages.join(' '),
  });
  return sent.left;
}

interface Sent {
  readonly status: number | null;
  readonly error: string | null;
  readonly messages: readonly string[];
  readonly resource: string | null;
  readonly location: string | null;
  readonly left: boolean;
}

async function answerOf(connection: Connection, keep: (answer: Answer) => Promise<void>, change: Change): Promise<Sent> {
  try {
    const answer = await connection.send(change);
    await keep(answer);
    const own = textAt(answer.json ?? undefined, '@odata.id');
    return {
      status: answer.status,
      error: null,
      messages: messageIdsOf(answer.json),
      resource: own === undefined ? null : canonicalUri(own, answer.uri),
      location: pathOf(answer.headers['location']),
      left: true,
    };
  } catch (error) {
    if (!(error instanceof RedfishError)) throw error;
    const { status, code, messageIds, sent } = error;
    return { status, error: code, messages: messageIds, resource: null, location: null, left: sent !== false };
  }
}

/** Only the path counts: some write their own idea of the host before it. */
function pathOf(location: string | undefined): string | null {
  const path = location?.replace(/^https?:\/\/[^/]*/i, '');
  return path !== undefined && /^\/[!-~]{0,2000}$/.test(path) ? path : null;
}

/** A definite yes. */
export function isYes(status: number | undefined): boolean {
  return status !== undefined && status >= 200 && status < 300;
}

/** A definite no: DSP0266 leaves the resource as it was. A 5xx says nothing about what was done. */
export function isNo(status: number | undefined): status is number {
  return status !== undefined && status >= 400 && status < 500;
}
