import { describe, test } from 'vitest';
import { PROFILES, rotating } from '../support/rotating.js';
import { EFFECTS } from './cases.js';
import { dieAtEach } from './harms.js';

describe.each(PROFILES)('on %s, a worker that dies', (profile) => {
  test('at any step of the section leaves one secret that works, and that everybody gets', async () => {
    await dieAtEach(() => rotating({ profile }), 'crashes', { plays: (name) => profile === 'small' || EFFECTS.test(name) });
  }, 900_000);
});
