import { describe, expect, test } from 'vitest';
import { readFinding } from '../../lib/trust/read-plan.js';
import { demanding, PROFILES, type End, type Rotating, type Truth } from '../support/rotating.js';
import { BAD_DAYS, type Rotates } from './bad-days.js';
import { all, count, requireOneWorks, requireRotated, requireSafe } from './cases.js';
import { dieAtEach, loseEach } from './harms.js';

type Outcome = Rotates | 'new-restricted';

interface Day {
  readonly name: (typeof BAD_DAYS)[number]['name'];
  readonly rotates: Outcome;
}

const DAYS: readonly Day[] = [...BAD_DAYS, { name: 'password-must-change-again', rotates: 'new-restricted' }];

/** The new one is never longer than IPMI 1.5 carries, and a lock of the maker cannot be read, and so not be lifted. */
function expectedOf(profile: string, day: Day): Outcome {
  if (day.name === 'password-cut-at-16') return 'new';
  return profile === 'dell' && day.name === 'lockdown-on' ? 'old' : day.rotates;
}

function requireEnd(end: End, truth: Truth, rotates: Outcome): void {
  if (requireOneWorks(end, truth, rotates)) return;
  requireSafe(truth);
  const { works, gives, current } = truth;
  if (rotates === 'both') expect([end.is, works, current]).toEqual(['BOTH_ACCEPTED', ['old', 'new'], 'old']);
  else if (rotates === 'none') expect([end.is, works, gives]).toEqual(['BOTH_REFUSED', [], 'BOTH_REFUSED']);
  else expect([end.is, works, gives, current]).toEqual(['PASSWORD_CHANGE_REQUIRED', ['new'], 'SECRET_IN_DOUBT', 'old']);
}

describe.each(PROFILES)('on %s, a password that the BMC wants changed first', (profile) => {
  test('is changed, and the rest of the step is said to be left', async () => {
    await using here = await demanding({ profile });
    const { plan, one } = here;
    const findings = await Promise.all(plan.findings.map(async (digest) => readFinding(await one.objects.get(digest))));
    expect([plan.sections.length, findings.map(({ code }) => code)]).toEqual([1, ['PASSWORD_CHANGE_DEMANDED']]);
    expect(await here.goOn()).toMatchObject({ is: 'done' });
    requireRotated(await here.truth());
    await count('first passwords');
  });
});

/** In slots, and by name. */
describe.each(['dell', 'openbmc'] as const)('on %s, a password that the BMC wants changed first', (profile) => {
  const make = (): Promise<Rotating> => demanding({ profile });

  test('comes on every bad day to one secret that works, or says what does', async () => {
    await all(
      DAYS,
      ({ name }) => name,
      async (day) => {
        await using here = await demanding({ profile, fault: day.name });
        const rotates = expectedOf(profile, day);
        requireEnd(await here.goOn(), await here.truth(), rotates);
        await count('bad days of first passwords');
        // The lock is not lifted with the fault.
        if (rotates !== 'old' || day.name === 'lockdown-on') return;
        await here.one.fleet.fault(here.one.bmc.id, null);
        expect(await here.goOn({ retry: 1 })).toMatchObject({ is: 'done' });
        requireRotated(await here.truth(), 2);
        await count('signed retries');
      },
    );
  }, 300_000);

  test('leaves one secret that works, whatever effect the worker dies at', async () => {
    // What disk and vault do is the same with both.
    await dieAtEach(make, 'crashes of first passwords', profile === 'dell' ? { plays: (name) => /^(send|tryLogin)$/.test(name) } : {});
  }, 300_000);

  test('leaves one secret that works, whatever answer is lost', async () => {
    await loseEach(make, 'lost answers of first passwords');
  }, 300_000);
});
