import { describe, expect, test } from 'vitest';
import { rotating } from '../support/rotating.js';
import { all, count, EFFECTS, requireOne, requireRotated } from './cases.js';
import { dyingAt, stepsOf } from './harms.js';

const SERVICE = { profile: 'small', service: 'metrics' } as const;

describe('a worker that dies', () => {
  test('at any step of the section of a service account leaves one secret that works, and ours as it was', async () => {
    const cases = (await stepsOf(() => rotating(SERVICE))).flatMap((name, place) =>
      EFFECTS.test(name) ? (['before', 'after'] as const).map((when) => ({ name, step: place + 1, when })) : [],
    );
    await all(
      cases,
      ({ name, step, when }) => `${when} step ${String(step)}, ${name}`,
      async ({ step, when }) => {
        await using here = await rotating(SERVICE);
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
