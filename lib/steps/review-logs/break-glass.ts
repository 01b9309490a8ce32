import type { Target } from '../../model/site.js';
import { told } from '../attribution.js';
import { quoted } from '../planning.js';
import { lead, type Lead } from './lead.js';
import type { Foreign } from './people.js';

/**
 * Whatever a break-glass account did or was tried for: nobody uses it from day to day, so each use is either on paper or an attacker's. One lead an
 * account, at its newest record.
 */
export function judgeBreakGlass(records: readonly Foreign[], { allow }: Pick<Target, 'allow'>): readonly Lead[] {
  return allow.accounts.flatMap(({ userName, holders }) => {
    if (holders === undefined) return [];
    const uses = records.filter(({ user }) => user?.toLowerCase() === userName.toLowerCase());
    const newest = uses.at(-1);
    if (newest === undefined) return [];
    const advice = `break-glass account ${quoted(userName)} appears ${String(uses.length)} times, last with ${told(newest)}; ask ${holders.join(', ')} who used it and why, then rotate it`;
    return [lead('BREAK_GLASS_USED', newest, advice)];
  });
}
