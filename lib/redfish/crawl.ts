import { time, type Digest, type Time } from '../model/json.js';
import { isConnectionLost, RedfishError } from './errors.js';
import type { Frontier, LimitCode, Pending } from './frontier.js';
import { readLinks } from './links.js';
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
  /** Distinct URIs of one BMC. */
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
  resources: 200_000,
  depth: 32,
  pages: 20_000,
  bytes: 8 * 1024 ** 3,
  tries: 2,
  sliceReads: 500,
  sliceMs: 60_000,
  group: 25,
};

export interface CrawlOptions {
  readonly connection: Pick<Connection, 'get' | 'peer'>;
  readonly frontier: Frontier;
  readonly limits?: Partial<CrawlLimits>;
  /** Keeps an answer; it counts after the next `commit`. */
  readonly onAnswer: (answer: Answer) => Promise<unknown>;
  readonly onFailure: (failure: CrawlFailure) => Promise<unknown>;
  /** Makes what was kept last; only when it has, the frontier moves on. */
  readonly commit: () => Promise<unknown>;
  readonly signal: AbortSignal;
}

/**
 * One slice of a crawl over everything a BMC advertises. Failures of single URIs are tried again at the end and then given up, one
 * `onFailure` each. Throws when the BMC is lost, after what was read until then is committed; the next slice goes on from there.
 */
export async function crawlSlice(options: CrawlOptions): Promise<{ readonly fetched: number; readonly remaining: number }> {
  const { frontier, signal } = options;
  const limits = { ...CRAWL_LIMITS, ...options.limits };
  const until = Date.now() + limits.sliceMs;
  const save = async (): Promise<void> => {
    await options.commit();
    await frontier.commit();
  };
  let fetched = 0;
  let failures = 0;
  try {
    for (let next = frontier.next(); next !== undefined; next = frontier.next()) {
      if (fetched >= limits.sliceReads || Date.now() >= until || signal.aborted) break;
      fetched += 1;
      failures = (await visit(next, options, limits)) ? 0 : failures + 1;
      if (failures >= SUSPICIOUS) {
        // A BMC that hangs would have us give up everything it has: it must answer for its root before we go on.
        await options.connection.get('/redfish/v1');
        failures = 0;
      }
      if (fetched % limits.group === 0) await save();
    }
  } catch (error) {
    if (error instanceof RedfishError) await save();
    throw error;
  }
  await save();
  return { fetched, remaining: frontier.totals().pending };
}

/** So many failures in a row speak against the BMC, not against the URIs. */
const SUSPICIOUS = 3;

/** True when the URI was answered. */
async function visit(next: Pending, options: CrawlOptions, limits: CrawlLimits): Promise<boolean> {
  const { connection, frontier } = options;
  const startedAt = time(Date.now());
  try {
    const answer = await connection.get(next.uri);
    await options.onAnswer(answer);
    // First where it leads to, then that it is answered: a file that is torn between the two asks again, and never forgets a link.
    await follow(answer, next, options, limits);
    frontier.answered(next.uri, answer.body.length);
    await stopAtBytes(answer, options, limits);
    return true;
  } catch (error) {
    if (!(error instanceof RedfishError)) throw error;
    // A 401 is no word about the URI but may be: the failure counts, so that one resource cannot stop the crawl for ever.
    const lost = isConnectionLost(error);
    if (!lost || error.code === 'UNAUTHORIZED') {
      const giveUp = next.failures + 1 >= limits.tries;
      if (giveUp) await options.onFailure({ uri: next.uri, code: error.code, startedAt, endedAt: time(Date.now()), peer: connection.peer });
      frontier.failed(next.uri, error.code, giveUp);
    }
    if (lost) throw error;
    return false;
  }
}

/** Adds what an answer leads to. */
async function follow(answer: Answer, from: Pending, options: CrawlOptions, limits: CrawlLimits): Promise<void> {
  const { frontier } = options;
  const add = async (uri: string, depth: number, page: number): Promise<void> => {
    if (frontier.has(uri)) return;
    if (depth > limits.depth) await leaveOut('LIMIT_DEPTH', uri, answer, options);
    else if (page > limits.pages) await leaveOut('LIMIT_PAGES', uri, answer, options);
    else if (frontier.totals().known >= limits.resources) await leaveOut('LIMIT_RESOURCES', uri, answer, options);
    else frontier.add(uri, depth, page);
  };
  if (answer.unread === 'TOO_DEEP' || answer.unread === 'TOO_MANY_VALUES') await leaveOut('LIMIT_JSON', answer.uri, answer, options);
  if (answer.answeredBy !== answer.uri) await add(answer.answeredBy, from.depth, from.page);
  const { resources, pages } = readLinks(answer.uri, answer.json);
  for (const uri of pages) await add(uri, from.depth, from.page + 1);
  for (const uri of resources) await add(uri, from.depth + 1, 0);
}

async function stopAtBytes(answer: Answer, options: CrawlOptions, limits: CrawlLimits): Promise<void> {
  const { frontier } = options;
  const next = frontier.next();
  if (next === undefined || frontier.totals().bytes <= limits.bytes) return;
  await leaveOut('LIMIT_BYTES', next.uri, answer, options);
  frontier.stop();
}

/** Records what a limit leaves out, once per limit: it keeps the capture incomplete. */
async function leaveOut(
  code: LimitCode,
  uri: string,
  { startedAt, endedAt, peer }: Answer,
  { frontier, onFailure }: CrawlOptions,
): Promise<void> {
  if (frontier.totals().limits.includes(code)) return;
  frontier.limited(code);
  await onFailure({ uri, code, startedAt, endedAt, peer });
}
