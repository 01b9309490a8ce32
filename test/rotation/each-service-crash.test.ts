import { describe, expect, test } from 'vitest';
import { rotating } from '../support/rotating.js';
import { dieAtEach } from './harms.js';

describe('a worker that dies', () => {
  test('at any step of the section of a service account leaves one secret that works, and ours as it was', async () => {
    await dieAtEach(() => rotating({ profile: 'small', service: 'metrics' }), 'crashes of service accounts', {
      holds({ one: { bmc } }) {
        expect(bmc.works(bmc.userName, bmc.password)).toBe(true);
      },
    });
  }, 600_000);
});
