import { time, type Time } from '../model/json.js';
import type { CrawlLimits, CrawlOptions } from './crawl.js';
import { isConnectionLost, RedfishError } from './errors.js';
import { classOf } from './evidence-class.js';
import type { LimitCode, Pending } from './frontier-state.js';
import { readLinks } from './links.js';
import { messageIdsOf } from './messages.js';
import { skippedPageOf } from './pages.js';
import { isNotReady } from './passing.js';
import type { Answer } from './types.js';

/** One URI of a crawl and what came of asking for it. */
export type Asked = { readonly next: Pending; readonly startedAt: Time } & ({ readonly answer: Answer } | { readonly error: unknown });

export interface Slice extends Omit<CrawlOptions, 'limits'> {
  readonly limits: CrawlLimits;
  /** URIs that are being asked for or settled now. */
  readonly taken: { has(uri: string): boolean };
  /** Answers on their way to the disk; the next commit waits for them. */
  readonly keeping: Promise<unknown>[];
}

/** Keeps what came, and moves the frontier. True when the URI was answered; throws what speaks of the BMC as a whole. */
export async function settle(one: Asked, slice: Slice): Promise<boolean> {
  return 'answer' in one ? keep(one.answer, one.next, slice) : fail(one.error, one, slice);
}

async function keep(answer: Answer, next: Pending, slice: Slice): Promise<boolean> {
  const { frontier, limits, keeping, onAnswer } = slice;
  const notReady = isNotReady(answer.status, messageIdsOf(answer.json));
  // Not ready is no word about the URI: it is asked again at the end, and only then is the error its answer.
  if (notReady && next.failures + 1 < limits.tries) {
    frontier.failed(next.uri, 'BUSY', false);
    return false;
  }
  const kept = onAnswer(answer);
  kept.catch(() => undefined);
  keeping.push(kept);
  // Small answers need not wait for the disk; large ones would pile up in memory.
  if (answer.body.length > LARGE) await kept;
  if (isNoResource(answer)) return noResource(answer, next, slice);
  // First where it leads to, then that it is answered: a file that is torn between the two asks again, and never forgets a link.
  await follow(answer, next, slice);
  frontier.answered(next.uri, answer.body.length);
  await stopAtBytes(answer, slice);
  return !notReady;
}

const LARGE = 1024 * 1024;

/** A success without a resource in it, where a resource was due: a login page, a bomb, nothing. Documents may be of any type. */
function isNoResource({ uri, status, json, unread }: Answer): boolean {
  return status === 200 && json === null && unread !== 'TOO_DEEP' && unread !== 'TOO_MANY_VALUES' && classOf(uri) !== null;
}

/** Its bytes are evidence, and no capture of the URI: it is asked once more at the end, and then on record as not captured. */
async function noResource({ uri, body, ...answer }: Answer, next: Pending, slice: Slice): Promise<boolean> {
  const { frontier, limits, onFailure } = slice;
  const giveUp = next.failures + 1 >= limits.tries;
  if (giveUp) await onFailure({ uri, code: 'NOT_JSON', startedAt: answer.startedAt, endedAt: answer.endedAt, peer: answer.peer });
  frontier.failed(uri, 'NOT_JSON', giveUp);
  if (giveUp) frontier.answered(uri, body.length);
  return false;
}

async function fail(error: unknown, { next, startedAt }: Asked, { limits, frontier, connection, onFailure }: Slice): Promise<boolean> {
  if (!(error instanceof RedfishError)) throw error;
  const lost = isConnectionLost(error);
  // A 401 is no word about the URI but may be: the failure counts, so that one resource cannot stop the crawl for ever.
  if (!lost || error.code === 'UNAUTHORIZED') {
    const giveUp = next.failures + 1 >= limits.tries;
    if (giveUp) await onFailure({ uri: next.uri, code: error.code, startedAt, endedAt: time(Date.now()), peer: connection.peer });
    frontier.failed(next.uri, error.code, giveUp);
  }
  if (lost) throw error;
  return false;
}

/** Adds what an answer leads to. */
async function follow(answer: Answer, from: Pending, slice: Slice): Promise<void> {
  const { frontier, limits } = slice;
  const add = async (uri: string, depth: number, page: number): Promise<void> => {
    if (frontier.has(uri)) return;
    if (depth > limits.depth) await leaveOut('LIMIT_DEPTH', uri, answer, slice);
    else if (page > limits.pages) await leaveOut('LIMIT_PAGES', uri, answer, slice);
    else if (!frontier.hasRoom(uri, limits.resources)) await leaveOut('LIMIT_RESOURCES', uri, answer, slice);
    else frontier.add(uri, depth, page);
  };
  if (answer.unread === 'TOO_DEEP' || answer.unread === 'TOO_MANY_VALUES') await leaveOut('LIMIT_JSON', answer.uri, answer, slice);
  if (answer.answeredBy !== answer.uri) await add(answer.answeredBy, from.depth, from.page);
  const { resources, pages } = readLinks(answer.uri, answer.json);
  const skipped = skippedPageOf(answer);
  // A service that ignores `$skip` shows what it has shown before.
  const goesOn = skipped !== null && (from.page === 0 || resources.some((uri) => !frontier.has(uri)));
  for (const uri of goesOn ? [...pages, skipped] : pages) await add(uri, from.depth, from.page + 1);
  for (const uri of resources) await add(uri, from.depth + 1, 0);
}

async function stopAtBytes(answer: Answer, slice: Slice): Promise<void> {
  const { frontier, limits, taken } = slice;
  const next = frontier.next(taken);
  if (next === undefined || frontier.totals().bytes <= limits.bytes) return;
  await leaveOut('LIMIT_BYTES', next.uri, answer, slice);
  frontier.stop();
}

/** Records what a limit leaves out, once per limit: it keeps the capture incomplete. */
async function leaveOut(code: LimitCode, uri: string, { startedAt, endedAt, peer }: Answer, { frontier, onFailure }: Slice): Promise<void> {
  if (frontier.totals().limits.includes(code)) return;
  frontier.limited(code);
  await onFailure({ uri, code, startedAt, endedAt, peer });
}
