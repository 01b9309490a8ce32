import { time, type Digest, type Time } from '../model/json.js';
import { RedfishError } from './errors.js';
import type { Frontier } from './frontier.js';
import type { Pending } from './frontier-state.js';
import { messageIdsOf } from './messages.js';
import { isNotReady } from './passing.js';
import { settle, type Asked } from './settle.js';
import type { Answer, Connection } from './types.js';

/** A URI that stays without a whole answer, or what a limit left out first. */
export interface CrawlFailure {
  readonly uri: string;
  readonly code: string;
  readonly startedAt: Time;
  readonly endedAt: Time;
  readonly peer: Digest<'spki'> | null;
}

export interface CrawlLimits {
  /** Distinct URIs of one BMC; each log and each other branch gets at most half of what the others leave. */
  readonly resources: number;
  /** Links away from the service root; the pages of a collection are equally far away. */
  readonly depth: number;
  /** Pages of one collection. */
  readonly pages: number;
  readonly bytes: number;
  /** How often a URI may fail, each time with the client's own retries, before it is given up. */
  readonly tries: number;
  /** One slice ends after so many reads, or so much time, whichever is first. */
  readonly sliceReads: number;
  readonly sliceMs: number;
  /** So many answers are committed together: what a kill costs in second fetches. */
  readonly group: number;
}

export const CRAWL_LIMITS: CrawlLimits = {
  resources: 250_000,
  depth: 32,
  pages: 20_000,
  bytes: 8 * 1024 ** 3,
  tries: 2,
  sliceReads: 500,
  sliceMs: 60_000,
  group: 25,
};

export interface CrawlOptions {
  readonly connection: Pick<Connection, 'get' | 'peer' | 'connections'>;
  readonly frontier: Frontier;
  readonly limits?: Partial<CrawlLimits>;
  /** Keeps an answer; it counts after the next `commit`, which waits for it. Called in the order in which answers are to be kept. */
  readonly onAnswer: (answer: Answer) => Promise<unknown>;
  readonly onFailure: (failure: CrawlFailure) => Promise<unknown>;
  /** Makes what was kept last; only when it has, the frontier moves on. */
  readonly commit: () => Promise<unknown>;
  readonly signal: AbortSignal;
}

/**
 * One slice of a crawl over everything a BMC advertises, with as many requests under way as the connection bears. Failures of single URIs are
 * tried again at the end and then given up, one `onFailure` each. Throws when the BMC is lost, after what was read until then is
 * committed; the next slice goes on from there.
 */
export async function crawlSlice(options: CrawlOptions): Promise<{ readonly fetched: number; readonly remaining: number }> {
  const { frontier, connection, signal } = options;
  const limits = { ...CRAWL_LIMITS, ...options.limits };
  const until = Date.now() + limits.sliceMs;
  const under = new Map<string, Promise<Asked>>();
  let settling = '';
  const taken = { has: (uri: string) => uri === settling || under.has(uri) };
  const keeping: Promise<unknown>[] = [];
  const slice = { ...options, limits, taken, keeping };
  let fetched = 0;
  let settled = 0;
  let failures = 0;
  let lost: RedfishError | null = null;

  const ask = (): void => {
    while (under.size < connection.connections && fetched < limits.sliceReads && Date.now() < until && !signal.aborted) {
      const next = lost === null ? frontier.next(taken) : undefined;
      if (next === undefined) return;
      fetched += 1;
      under.set(next.uri, askFor(connection, next));
    }
  };
  const save = async (): Promise<void> => {
    await Promise.all(keeping.splice(0));
    await options.commit();
    await frontier.commit();
  };

  ask();
  while (under.size > 0) {
    // Only asking happens side by side. What came is settled one by one, so that nothing stands between evidence and frontier at a commit.
    const one = await Promise.race(under.values());
    settling = one.next.uri;
    under.delete(settling);
    settled += 1;
    // The wire need not wait for the disk; but after a failure nothing more is asked before it is known what it means.
    if ('answer' in one) ask();
    // Of a BMC that is lost only answers count: its other requests failed with it.
    else if (lost !== null) continue;
    try {
      failures = (await settle(one, slice)) ? 0 : failures + 1;
      if (failures >= SUSPICIOUS) {
        // A BMC that hangs would have us give up everything it has: it must answer for its root before we go on.
        await requireRoot(connection);
        failures = 0;
      }
    } catch (error) {
      if (!(error instanceof RedfishError)) throw error;
      lost ??= error;
    }
    settling = '';
    if (settled % limits.group === 0) await save();
    ask();
  }
  await save();
  if (lost !== null) throw lost;
  return { fetched, remaining: frontier.totals().pending };
}

/** So many failures in a row speak against the BMC, not against the URIs. */
const SUSPICIOUS = 3;

async function askFor(connection: CrawlOptions['connection'], next: Pending): Promise<Asked> {
  const startedAt = time(Date.now());
  try {
    return { next, startedAt, answer: await connection.get(next.uri) };
  } catch (error) {
    return { next, startedAt, error };
  }
}

async function requireRoot(connection: CrawlOptions['connection']): Promise<void> {
  const { uri, status, json } = await connection.get('/redfish/v1');
  const messageIds = messageIdsOf(json);
  if (!isNotReady(status, messageIds)) return;
  const text = `${uri} answered ${String(status)}: the BMC says that it is not ready`;
  throw new RedfishError('BUSY', text, { uri, sent: true, status, messageIds });
}
