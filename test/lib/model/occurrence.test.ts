import { describe, expect, test } from 'vitest';
import { id, time, type Id } from '../../../lib/model/json.js';
import { launches, nextTime, occurrenceId, repeatable, timeOf, type Repeats } from '../../../lib/model/occurrence.js';
import { STEPS } from '../../../lib/model/steps.js';

const DAY = 86_400_000;
const AT = Date.parse('2026-12-07T02:30:00.000Z');
const REPEATS: Repeats = { everyDays: 7, from: time(AT), until: time(AT + 28 * DAY) };
const SCHEDULE = { incident: id<'incident'>('keys'), repeats: REPEATS };
const NEVER = Date.parse('2100-01-01T00:00:00.000Z');
const named = (text: string): Id<'incident'> => id(text);

describe('a launch that repeats', () => {
  test('opens its occurrences, each once its time has come', () => {
    for (let n = 0; n <= 4; n++) {
      const at = AT + n * 7 * DAY;
      const incident = occurrenceId(SCHEDULE.incident, at);
      expect([timeOf(SCHEDULE, incident), launches(SCHEDULE, incident, at), launches(SCHEDULE, incident, at - 1)]).toEqual([
        at,
        true,
        false,
      ]);
    }
  });

  test.each([
    ['its own name', 'keys'],
    ['a day between two times', 'keys-2026-12-08'],
    ['a time before the first', 'keys-2026-11-30'],
    ['a time after the last', 'keys-2027-01-11'],
    ['another schedule', 'locks-2026-12-07'],
    ['a name that ends alike', 'my-keys-2026-12-07'],
    ['a day twice', 'keys-2026-12-07-2026-12-07'],
    ['a day that does not exist', 'keys-2026-12-32'],
    ['a day of February that does not exist', 'keys-2027-02-30'],
    ['no day', 'keys-20261207'],
  ])('opens nothing else: %s', (_, incident) => {
    expect([timeOf(SCHEDULE, named(incident)), launches(SCHEDULE, named(incident), NEVER)]).toEqual([null, false]);
  });

  test('ends with `until`, which counts', () => {
    const early = { ...SCHEDULE, repeats: { ...REPEATS, until: time(AT + 14 * DAY - 1) } };
    expect([launches(early, named('keys-2026-12-14'), NEVER), launches(early, named('keys-2026-12-21'), NEVER)]).toEqual([true, false]);
  });

  test('names the days in UTC, also across a month’s end and a leap day', () => {
    const daily = {
      incident: named('keys'),
      repeats: { everyDays: 1, from: time(Date.UTC(2028, 1, 27, 23, 59)), until: time(Date.UTC(2028, 2, 3)) },
    };
    const all = [0, 1, 2, 3].map((n) => occurrenceId(daily.incident, Date.UTC(2028, 1, 27 + n, 23, 59)));
    expect(all).toEqual(['keys-2028-02-27', 'keys-2028-02-28', 'keys-2028-02-29', 'keys-2028-03-01']);
    expect(all.every((incident) => launches(daily, incident, NEVER))).toBe(true);
  });

  test('says when it comes next, and that nothing is left', () => {
    const after = (days: number): number | null => nextTime(REPEATS, AT + days * DAY);
    expect([after(-3), after(0), after(0.1), after(28), after(28.1)]).toEqual([AT, AT, AT + 7 * DAY, AT + 28 * DAY, null]);
  });
});

test('a launch that does not repeat opens the incident of its name and no occurrence', () => {
  const launch = { incident: named('keys') };
  expect([launches(launch, named('keys'), 0), launches(launch, named('keys-2026-12-07'), NEVER)]).toEqual([true, false]);
});

test('no runbook with a step that isolates or freezes is repeated', () => {
  const runbook = (...steps: readonly Id<'step'>[]) => ({
    ...{ version: 1, name: id<'runbook'>('test'), title: 'Test' },
    phases: steps.map((step) => ({ step, background: false, gate: null, maxFailures: null })),
  });
  const refused = STEPS.filter(({ id: step }) => !repeatable({ ...runbook(id('triage'), step), version: 1 })).map((row) => row.id);
  expect(refused).toEqual(['isolate', 'lease', 'freeze']);
});
