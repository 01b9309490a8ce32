import { describe, expect, test } from 'vitest';
import { counted } from '../support/counted.js';
import { rotating, type Rotating } from '../support/rotating.js';
import { WorkerDied } from '../support/as-the-engine.js';
import { all, count, requireOne, requireRotated } from './cases.js';

/** Steps after which disk and device are as before the next one; the others are tried for our own login. */
const EFFECTS = /^(claims\.(create|settle)|credentials\.|vault\.|tryLogin|send$)/;

async function stepsOf(): Promise<readonly string[]> {
  await using here = await rotating({ profile: 'small', service: 'metrics' });
  const steps = counted(() => undefined);
  await here.goOn({ over: (deps) => steps.over(deps) });
  return steps.names;
}

/** The worker dies at one step, and another one goes on. */
async function dyingAt(here: Rotating, dieAt: number, when: 'before' | 'after') {
  let dead = false;
  let died = false;
  const steps = counted((step, moment) => {
    if (step === dieAt && moment === when) dead = true;
    if (dead) throw new WorkerDied('of the test');
  });
  return here.goOn({
    over: (deps) => (died ? deps : steps.over(deps)),
    between: () => {
      died ||= dead;
      return Promise.resolve();
    },
  });
}

describe('a worker that dies', () => {
  test('at any step of the section of a service account leaves one secret that works, and ours as it was', async () => {
    const cases = (await stepsOf()).flatMap((name, place) =>
      EFFECTS.test(name) ? (['before', 'after'] as const).map((when) => ({ name, step: place + 1, when })) : [],
    );
    await all(
      cases,
      ({ name, step, when }) => `${when} step ${String(step)}, ${name}`,
      async ({ step, when }) => {
        await using here = await rotating({ profile: 'small', service: 'metrics' });
        const { is } = await dyingAt(here, step, when);
        const truth = await here.truth();
        expect(is).toMatch(/^(done|NOT_SENT|NOT_APPLIED)$/);
        if (is === 'done') requireRotated(truth);
        else requireOne(truth, 'old');
        const { bmc } = here.one;
        expect(bmc.works(bmc.userName, bmc.password)).toBe(true);
        await count('crashes of service accounts');
      },
    );
  }, 600_000);
});
