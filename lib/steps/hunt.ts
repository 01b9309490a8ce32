import { setImmediate as turn } from 'node:timers/promises';
import type { Kept } from '../evidence/kept.js';
import type { Finding } from '../model/finding.js';
import type { Sought } from '../model/hunt.js';
import { StepError } from './error.js';
import { logTraces, type Shown } from './hunt/log-traces.js';
import { lookFor } from './hunt/match.js';
import { accessTraces } from './hunt/traces.js';
import { finding, quoted, type Proposal, type Survey } from './planning.js';
import { once } from './review-access/rooms.js';

/** What was found on one BMC, looked for on another. Only reads and proposes nothing; what could not be looked at is a finding, never a clean bill. */
export async function hunt(given: Survey, list: () => Promise<Kept>, _secret: unknown, sought: readonly Sought[]): Promise<Proposal> {
  if (sought.length === 0)
    throw new StepError('NOTHING_SOUGHT', 'hunts/ of this incident’s site names nothing to look for; add a file there and hunt again');
  const survey = { ...given, reader: once(given.reader) };
  const access = await accessTraces(survey);
  const logs = await logTraces(survey, await list());
  const soughtIn = lookFor(sought);
  const hits = new Map<string, Finding>();
  let left = 0;
  for (const [n, shown] of [...access.shown, ...logs.shown].entries()) {
    // The heartbeat of this work needs its turns.
    if (n % TRACES_A_TURN === 0) await turn();
    for (const indicator of soughtIn(shown.trace)) {
      const key = `${indicator.kind} ${indicator.value} ${shown.at.uri}`;
      if (hits.has(key)) continue;
      if (hits.size < HITS) hits.set(key, hit(survey, indicator, shown));
      else left++;
    }
  }
  return { findings: [...numbered([...hits.values()], left), ...access.unread, ...logs.unread], operations: [] };
}

const TRACES_A_TURN = 500;

/** Of one BMC: with fewer it is in an incident already. */
const HITS = 200;

function hit(survey: Survey, { kind, value, hunt: name }: Sought, { at, what, trace }: Shown): Finding {
  const advice = `${kind} ${quoted(value, 200)} of hunt ${name} is here as ${what} ${quoted(trace.text, 200)}; review this BMC in an incident`;
  return { ...finding(survey, 'HUNT_HIT', at, advice), indicator: { kind, value } };
}

function numbered(hits: readonly Finding[], left: number): readonly Finding[] {
  if (left === 0) return hits;
  return hits.map((one, n) => (n === 0 ? { ...one, advice: `${one.advice}; ${String(left)} more traces of this BMC are not told` } : one));
}
