import { readJson } from './json.js';
import { messageIdsOf, saysNotReady } from './messages.js';
import type { Received } from './transport.js';
import type { Limits } from './types.js';

/** How far an answer is from being the last word on its URI. `resource`: rather broken than not ready, so asked once more only. */
export type Passing = 'no' | 'resource' | 'not-ready';

/**
 * Whether asking again may bring another answer: overload and not-ready answers of the BMC, by status or by the vendors' codes, which some
 * send with 400 or 500. A plain 500 is on most BMCs the resource, advertised and broken, and not the moment.
 */
export function passingOf({ status, body, headers }: Received, limits: Limits): Passing {
  if (status < 400 || status === 501) return 'no';
  if (status === 429 || status > 500) return 'not-ready';
  if (status !== 400 && status !== 500) return 'no';
  const { json } = readJson(body, headers.get('content-encoding'), limits);
  if (saysNotReady(messageIdsOf(json))) return 'not-ready';
  return status === 500 ? 'resource' : 'no';
}

/** Whether an answer says that the BMC, or what it was asked for, is not ready. */
export function isNotReady(status: number, messageIds: readonly string[]): boolean {
  return status === 429 || status === 503 || (status >= 400 && saysNotReady(messageIds));
}

/** What Retry-After asks for in ms: seconds, or a date by the BMC's own clock. 0 when it says nothing that can be read. */
export function retryAfterMs(headers: ReadonlyMap<string, string>): number {
  const said = headers.get('retry-after')?.trim() ?? '';
  if (/^\d{1,9}$/.test(said)) return Number(said) * 1_000;
  const wait = Date.parse(said) - Date.parse(headers.get('date') ?? '');
  return Number.isFinite(wait) ? Math.max(0, wait) : 0;
}
