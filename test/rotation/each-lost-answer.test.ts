import { describe, expect, test } from 'vitest';
import { PROFILES, rotating } from '../support/rotating.js';
import { all, count, requireOne, requireRotated } from './cases.js';
import { dropNth, requestsOf } from './harms.js';

describe.each(PROFILES)('on %s, an answer that is lost', (profile) => {
  test('leaves one secret that works, whichever request it was to, and whether the BMC acted on it', async () => {
    const requests = (await requestsOf(() => rotating({ profile }))).filter(({ method }) => method !== 'GET');
    const cases = requests.flatMap((request) => (['before', 'after'] as const).map((at) => ({ ...request, at })));
    await all(
      cases,
      ({ method, uri, nth, at }) => `${method} ${uri} (${String(nth)}), ${at} the BMC acts`,
      async ({ method, uri, nth, at }) => {
        await using here = await rotating({ profile });
        const lost = dropNth(here, { method, uri, nth }, at);
        const { is } = await here.goOn();
        await lost;
        const truth = await here.truth();
        expect(is).toMatch(/^(done|NOT_APPLIED)$/);
        if (is === 'done') requireRotated(truth);
        else requireOne(truth, 'old');
        await count('lost answers');
      },
    );
  }, 600_000);
});
