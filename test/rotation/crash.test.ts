import { afterEach, describe, expect, test } from 'vitest';
import type { ProfileName } from '../../drill/profiles/profiles.js';
import { id } from '../../lib/model/json.js';
import { oneTarget, POLICY, type OneTarget } from '../support/one-target.js';
import { storesOf } from '../support/executor-over.js';

const ROTATE = id<'step'>('rotate');
let one: OneTarget;
afterEach(() => one.close());

describe('a rotation that nothing disturbs', () => {
  test.each(['dell', 'hpe', 'lenovo', 'openbmc', 'supermicro', 'small'] as const)(
    'on %s: the new secret works, and is current',
    async (profile: ProfileName) => {
      one = await oneTarget({ profile, compromise: false }, POLICY, ROTATE);
      const planned = await one.review();
      const gate = await one.open(planned);
      await one.seal('accounts', 'sessions', 'configuration');
      await one.approve(gate);
      const ends: string[] = [];
      for (let n = 1; n <= planned.row.operations; n++) ends.push((await one.attempt(planned.row, gate, n)).is);
      expect(ends).toEqual(['done', 'done', 'already', 'done', 'already', ...ends.slice(5)]);
      const { credential } = await storesOf(one.ground).vaultOf(one.target.secret).read(one.target.secret);
      expect(one.bmc.works(one.bmc.userName, credential.password.reveal())).toBe(true);
      expect(one.bmc.works(one.bmc.userName, one.bmc.password)).toBe(false);
    },
  );
});
