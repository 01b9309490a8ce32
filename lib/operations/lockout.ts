import { at, linkAt } from '../redfish/json.js';
import type { Reader } from '../steps/reader.js';
import type { Lockout, Rotation } from '../store/credentials.js';

/** So many tell the two secrets apart. */
const MOST = 2;
/** As pam_faillock has it where nobody says otherwise. */
const FORGETS_MS = 15 * 60_000;

/**
 * AccountLockoutThreshold of the AccountService (DSP2046): refused logins until the account is locked, 0 for never. Neither that nor its absence is a
 * promise: some lock all the same, and an iDRAC then blocks the address at the third (IPBlocking), so that two are taken for what it bears.
 */
export async function lockoutOf(reader: Reader): Promise<Lockout> {
  const service = linkAt(await reader.get('/redfish/v1'), 'AccountService');
  const body = service === null ? undefined : ((await reader.get(service)).json ?? undefined);
  return lockoutFrom(countOf(at(body, 'AccountLockoutThreshold')), countOf(at(body, 'AccountLockoutCounterResetAfter')));
}

/** The same from what a BMC says over IPMI; null for what it does not say. */
export function lockoutFrom(threshold: number | null, resetAfterS: number | null): Lockout {
  if (threshold === null || threshold === 0) return { bears: MOST, forgetsMs: FORGETS_MS };
  const forgetsMs = resetAfterS === 0 ? null : resetAfterS === null ? FORGETS_MS : resetAfterS * 1000;
  return { bears: threshold - 1, forgetsMs };
}

/** Of several that count the same logins: the one that bears least, and the one that remembers longest. */
export function strictest(all: readonly Lockout[]): Lockout {
  const forgets = all.map(({ forgetsMs }) => forgetsMs);
  return {
    bears: Math.min(...all.map(({ bears }) => bears)),
    forgetsMs: forgets.includes(null) ? null : Math.max(...forgets.map((ms) => ms ?? 0)),
  };
}

/** How many may be refused from here on, in one go: one of what it bears is left to others who fail to log in meanwhile, where it bears enough. */
export function allowance({ refusals, lockout: { bears } }: Pick<Rotation, 'refusals' | 'lockout'>): number {
  return Math.min(bears, refusals + MOST + (refusals === 0 && bears > MOST + 1 ? 1 : 0));
}

/** A day is more than any BMC remembers, and what it says may be anything. */
const MOST_SECONDS = 86_400;

function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? Math.min(value, MOST_SECONDS) : null;
}
