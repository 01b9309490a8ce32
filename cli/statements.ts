import { time, type Id } from '../lib/model/json.js';

/** What every statement begins with. `days` is how long it may be delivered; the policy says how long it has effect. */
export function said(by: Id<'person'>, incident: Id<'incident'>, reason: string, now: number, days: number) {
  return {
    type: 'cofferdam/statement',
    version: 1,
    incident,
    by,
    reason,
    notBefore: time(now),
    notAfter: time(now + days * 86_400_000),
  } as const;
}

/** As long as the engine keeps an incident: its launch is looked up again until the end. */
export const LAUNCH_DAYS = 90;
export const DECISION_DAYS = 1;
