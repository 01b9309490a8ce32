import { id, isId, time, type Id, type Time } from './json.js';
import type { Runbook } from './runbook.js';
import type { Launch } from './statement.js';
import { stepRow } from './steps.js';

/** When a launch that repeats may open an incident: at `from`, and every so many whole days (of 24 hours) after it, up to and with `until`. */
export interface Repeats {
  readonly everyDays: number;
  /** On a full minute, UTC. */
  readonly from: Time;
  readonly until: Time;
}

/** As long as a person may decide ahead. */
export const MOST_DAYS = 400;

/** How much later than its time an occurrence may still open; the next one is at least as far away. */
export const CATCH_UP_MS = 86_400_000;

const DAY_MS = 86_400_000;
const DATE = /-(\d{4}-\d{2}-\d{2})$/;

/** The incident that a schedule opens at this time: its id and the day in UTC, of which a grid of whole days holds each at most once. */
export function occurrenceId(schedule: Id<'incident'>, at: number): Id<'incident'> {
  return id(`${schedule}-${time(at).slice(0, 10)}`);
}

/** Whether the ids of all occurrences are ids. */
export function mayRepeat(schedule: string): boolean {
  return isId(`${schedule}-2000-01-01`);
}

/** The time on the signed grid at which this incident was to open, in milliseconds; null when it is none of the launch's occurrences. */
export function timeOf({ incident: schedule, repeats }: Pick<Launch, 'incident' | 'repeats'>, incident: Id<'incident'>): number | null {
  const day = DATE.exec(incident)?.[1];
  if (repeats === undefined || day === undefined) return null;
  const [from, until] = [Date.parse(repeats.from), Date.parse(repeats.until)];
  const at = Date.parse(`${day}${repeats.from.slice(10)}`);
  if (Number.isNaN(at) || at < from || at > until || (at - from) % (repeats.everyDays * DAY_MS) !== 0) return null;
  return occurrenceId(schedule, at) === incident ? at : null;
}

/**
 * Whether this launch is the authority of that incident: its own one, or, when it repeats, an occurrence whose time has come. Everybody who believes
 * a launch asks this and nothing else.
 */
export function launches(launch: Pick<Launch, 'incident' | 'repeats'>, incident: Id<'incident'>, now: number): boolean {
  if (launch.repeats === undefined) return launch.incident === incident;
  const at = timeOf(launch, incident);
  return at !== null && at <= now;
}

/** The first time on the grid that is not before `now`, in milliseconds; null when none is left. */
export function nextTime({ everyDays, from, until }: Repeats, now: number): number | null {
  const first = Date.parse(from);
  const step = everyDays * DAY_MS;
  const next = now <= first ? first : first + Math.ceil((now - first) / step) * step;
  return next <= Date.parse(until) ? next : null;
}

/** What isolates or freezes stays in force until somebody lifts it: that is launched by a person each time. */
export function repeatable({ phases }: Runbook): boolean {
  return phases.every(({ step }) => stepRow(step)?.holds === false);
}
