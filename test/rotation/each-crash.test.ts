import { describe, expect, test } from 'vitest';
import { PROFILES, rotating } from '../support/rotating.js';
import { all, count, EFFECTS, requireOne, requireRotated } from './cases.js';
import { dyingAt, stepsOf } from './harms.js';

describe.each(PROFILES)('on %s, a worker that dies', (profile) => {
  test('at any step of the section leaves one secret that works, and that everybody gets', async () => {
    const names = await stepsOf(() => rotating({ profile }));
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
