import { describe, expect, test } from 'vitest';
import type { ProfileName } from '../../drill/profiles/profiles.js';
import { PROFILES, rotating } from '../support/rotating.js';
import { all, count, requireOne, requireRotated } from './cases.js';

interface Request {
  readonly method: string;
  readonly uri: string;
  /** How many like it were asked before. */
  readonly nth: number;
}

/** What the BMC is asked from the first operation to the last; one read is like another, since reads are asked again. */
async function requestsOf(profile: ProfileName): Promise<readonly Request[]> {
  await using here = await rotating({ profile });
  const { wire } = here.one.fleet;
  const before = wire.entries.length;
  await here.goOn();
  const seen = new Map<string, number>();
  return wire.entries.slice(before).map(({ method, uri: asked }) => {
    const uri = asked.replace(/\/Sessions\/[^/]+$/, '/Sessions/');
    const nth = seen.get(`${method} ${uri}`) ?? 0;
    seen.set(`${method} ${uri}`, nth + 1);
    return { method, uri, nth };
  });
}

describe.each(PROFILES)('on %s, an answer that is lost', (profile) => {
  test('leaves one secret that works, whichever request it was to, and whether the BMC acted on it', async () => {
    const requests = (await requestsOf(profile)).filter(({ method }) => method !== 'GET');
    const cases = requests.flatMap((request) => (['before', 'after'] as const).map((at) => ({ ...request, at })));
    await all(
      cases,
      ({ method, uri, nth, at }) => `${method} ${uri} (${String(nth)}), ${at} the BMC acts`,
      async ({ method, uri, nth, at }) => {
        await using here = await rotating({ profile });
        const lost = dropNth(here.one, { method, uri, nth }, at);
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

type One = Awaited<ReturnType<typeof rotating>>['one'];

/** Sessions have numbers of their own each time, and are known by their collection. */
async function dropNth(one: One, { method, uri, nth }: Request, at: 'before' | 'after'): Promise<void> {
  for (let n = 0; n <= nth; n++) {
    const hold = one.fleet.hold(one.bmc.id, uri.endsWith('/Sessions/') ? { method } : { method, uri }, at);
    await hold.reached;
    if (n === nth) hold.drop();
    else hold.release();
  }
}
