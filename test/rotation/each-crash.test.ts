import { describe, expect, test } from 'vitest';
import type { ProfileName } from '../../drill/profiles/profiles.js';
import { counted } from '../support/counted.js';
import { PROFILES, rotating, type Rotating } from '../support/rotating.js';
import { WorkerDied } from '../support/as-the-engine.js';
import { all, count, EFFECTS, requireOne, requireRotated } from './cases.js';

/** What an undisturbed rotation does to disk, vault and device, operation by operation. */
async function stepsOf(profile: ProfileName): Promise<readonly string[]> {
  await using here = await rotating({ profile });
  const names: string[] = [];
  const steps = counted(() => undefined);
  await here.goOn({ over: (deps) => steps.over(deps) });
  names.push(...steps.names);
  return names;
}

/** The worker dies at one step: nothing of it happens afterwards, whoever catches what. Other workers go on. */
async function dyingAt(here: Rotating, dieAt: number, when: 'before' | 'after') {
  let dead = false;
  let died = false;
  const steps = counted((step, moment) => {
    if (step === dieAt && moment === when) dead = true;
    if (dead) throw new WorkerDied('of the test');
  });
  const end = await here.goOn({
    over: (deps) => (died ? deps : steps.over(deps)),
    between: () => {
      died ||= dead;
      return Promise.resolve();
    },
  });
  expect(dead).toBe(true);
  return end;
}

describe.each(PROFILES)('on %s, a worker that dies', (profile) => {
  test('at any step of the section leaves one secret that works, and that everybody gets', async () => {
    const names = await stepsOf(profile);
    const cases = names.flatMap((name, place) =>
      profile === 'small' || EFFECTS.test(name) ? (['before', 'after'] as const).map((when) => ({ name, step: place + 1, when })) : [],
    );
    await all(
      cases,
      ({ name, step, when }) => `${when} step ${String(step)}, ${name}`,
      async ({ step, when }) => {
        await using here = await rotating({ profile });
        const { is } = await dyingAt(here, step, when);
        const truth = await here.truth();
        expect(is).toMatch(/^(done|NOT_SENT|NOT_APPLIED)$/);
        if (is === 'done') requireRotated(truth);
        else requireOne(truth, 'old');
        await count('crashes');
      },
    );
  }, 900_000);
});
