import { expect } from 'vitest';
import { FAULTS, isFault, type FaultName } from '../../../../drill/faults/faults.js';
import { plain } from '../../../../lib/model/text.js';
import { play, type Played, type PlayOptions } from './play.js';

/** What a fault may cost beyond the verdicts that it names itself; nothing where it says nothing. */
export interface Outcome {
  /** `class CODE` of what triage does not claim to have read. */
  readonly gaps?: readonly string[];
  /** `URI CODE` of what the capture gave up; the code alone of a limit, which leaves out most of what there is. */
  readonly failures?: readonly string[];
  /** URIs of a healthy BMC that the capture did not come to; those in `failures` when absent. `most`: it showed next to nothing. */
  readonly lost?: readonly string[] | 'most';
  /** Codes of findings that nobody planted. */
  readonly unexpected?: readonly string[];
  /** Limits that make waiting short, where the fault is to make us wait. */
  readonly options?: PlayOptions;
}

export type Outcomes = Partial<Record<FaultName, Outcome>>;

/** A group of faults as a table of tests. */
export function rows(group: Readonly<Record<string, { readonly line: string }>>): [FaultName, string][] {
  return Object.entries(group).flatMap(([name, { line }]): [FaultName, string][] => (isFault(name) ? [[name, line]] : []));
}

export const WAITING: PlayOptions = { limits: { connectMs: 500, requestMs: 500, retryPausesMs: [1] }, stalls: 1 };

/** For bodies that take the emulated BMC, which lives in this process, a while to write. */
export const LARGE: Outcome = { options: { limits: { requestMs: 30_000 } } };

/** What the root of the small BMC leads to, in the order in which a crawl asks. */
export const SERVICES = [
  'Systems',
  'Chassis',
  'Managers',
  'AccountService',
  'SessionService',
  'SessionService/Sessions',
  'EventService',
  'UpdateService',
];

let healthy: Promise<Played> | null = null;

/** Plays a fault and holds everything that must be true of it against what came of it. */
export async function claim(name: FaultName, outcome: Outcome = {}): Promise<void> {
  const { expect: due } = FAULTS[name];
  const played = await play(name, outcome.options);
  expect({ triage: played.triage, capture: played.capture, plan: played.plan }).toEqual({
    triage: due.triage,
    capture: due.capture,
    plan: due.plan,
  });
  expect(played.gaps).toEqual(outcome.gaps ?? []);
  expect(played.failures.map((line) => line.replace(/^\S+ (?=LIMIT_)/, ''))).toEqual(outcome.failures ?? []);
  // What the attacker left is found, and nothing else, unless the fault hides it.
  expect(played.missed.length > 0).toBe(due.hides);
  expect(played.unexpected.map((line) => line.split(' ')[0])).toEqual(outcome.unexpected ?? []);
  if (due.capture === 'done' && outcome.lost !== 'most') expect(await lostOf(played)).toEqual(outcome.lost ?? uris(outcome.failures ?? []));
  expectHarmless(played);
}

/** What a BMC without a fault gives and this one did not. */
async function lostOf({ kept }: Played): Promise<string[]> {
  healthy ??= play(null);
  return (await healthy).kept.filter((uri) => !kept.includes(uri) && !/\/Sessions\//.test(uri));
}

function uris(failures: readonly string[]): string[] {
  return failures.filter((line) => line.startsWith('/')).map((line) => line.split(' ')[0] ?? '');
}

/** Nothing but our own session was changed, no secret was told, and what people read is plain. */
function expectHarmless({ wire, leaks, tokens, target, messages, advice }: Played): void {
  const changes = wire.filter(({ method, uri }) => method !== 'GET' && !/\/Sessions(?:\/[^/]+)?$/.test(uri));
  expect(changes).toEqual([]);
  expect(leaks).toEqual([]);
  const told = [...messages, ...advice].join('\n');
  for (const secret of [target.password, ...tokens]) expect(told).not.toContain(secret);
  for (const line of [...messages, ...advice]) expect(line.replaceAll(/ {2,}/g, ' ').trim()).toBe(plain(line, line.length));
}
