import type { Time } from '../../model/json.js';
import { textAt } from '../../redfish/json.js';
import { lead, type Lead } from './lead.js';
import type { Log } from './logs.js';
import type { Seen } from './look.js';

/** Beyond this, events of a BMC and of others no longer fall into order. */
const OFFSET_MS = 300_000;
/** A BMC writes a record a moment after it read its clock, and we read the clock before the log. */
const AHEAD_MS = 3_600_000;
/** Without any clock of the BMC, ours alone says what is to come. */
const AHEAD_OF_US_MS = 26 * 3_600_000;

/** How far the clock that a resource shows is ahead of ours; null when it shows none. */
export function clockOffset({ json, startedAt, endedAt }: Pick<Seen, 'json' | 'startedAt' | 'endedAt'>): number | null {
  const shown = Date.parse(textAt(json, 'DateTime') ?? '');
  return Number.isNaN(shown) ? null : shown - middle(startedAt, endedAt);
}

/** Managers whose clock is not ours. */
export function judgeClocks(managers: readonly Seen[]): readonly Lead[] {
  return managers.flatMap((manager) => {
    const offset = clockOffset(manager);
    if (offset === null || Math.abs(offset) < OFFSET_MS) return [];
    const shown = { uri: manager.uri, evidence: manager.capture };
    const advice = `its clock is ${duration(offset)} ${offset > 0 ? 'ahead of' : 'behind'} ours; shift its log entries by that before you compare them, and check NTP`;
    return [lead('LOG_CLOCK_OFFSET', shown, advice)];
  });
}

/** Records that are dated later than the clock that wrote them. */
export function judgeDates(log: Log, offsetMs: number | null): readonly Lead[] {
  const now = Date.parse(log.shown.endedAt) + (offsetMs ?? 0);
  const latest = now + (offsetMs === null ? AHEAD_OF_US_MS : AHEAD_MS);
  const late = log.records.filter(({ at }) => at !== null && at > latest);
  const [first] = late;
  if (first === undefined) return [];
  const advice = `${String(late.length)} records of ${log.uri} are dated later than the clock of the BMC itself; it was set back, or they were written by other means`;
  return [lead('LOG_FROM_FUTURE', first, advice)];
}

function middle(startedAt: Time, endedAt: Time): number {
  return (Date.parse(startedAt) + Date.parse(endedAt)) / 2;
}

function duration(ms: number): string {
  const minutes = Math.round(Math.abs(ms) / 60_000);
  if (minutes < 120) return `${String(minutes)} minutes`;
  return minutes < 48 * 60 ? `${String(Math.round(minutes / 60))} hours` : `${String(Math.round(minutes / 1440))} days`;
}
