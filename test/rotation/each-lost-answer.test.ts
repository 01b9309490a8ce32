import { describe, test } from 'vitest';
import { PROFILES, rotating } from '../support/rotating.js';
import { loseEach } from './harms.js';

describe.each(PROFILES)('on %s, an answer that is lost', (profile) => {
  test('leaves one secret that works, whichever request it was to, and whether the BMC acted on it', async () => {
    await loseEach(() => rotating({ profile }), 'lost answers');
  }, 600_000);
});
