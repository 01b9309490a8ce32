import { afterEach, describe, expect, test } from 'vitest';
import type { ProfileName } from '../../drill/profiles/profiles.js';
import { digest, id } from '../../lib/model/json.js';
import type { Plan } from '../../lib/model/plan.js';
import { oneTarget, POLICY, type OneTarget } from '../support/one-target.js';
import { rotating } from '../support/rotating.js';
import type { ExecutorDeps } from '../../lib/operations/job.js';
import { VaultError } from '../../lib/vault/error.js';

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
      const { credential } = await one.secrets.stores.vaultOf(one.target.secret).read(one.target.secret);
      expect(one.bmc.works(one.bmc.userName, credential.password.reveal())).toBe(true);
      expect(one.bmc.works(one.bmc.userName, one.bmc.password)).toBe(false);
    },
  );
});

test('a rotation that parked is ended by the plan of a later one', async () => {
  one = await oneTarget({ profile: 'openbmc', compromise: false }, POLICY, ROTATE);
  const first = await one.review();
  const gate = await one.open(first);
  await one.seal('accounts', 'sessions', 'configuration');
  await one.approve(gate);
  // Given to the BMC and proven; then the incident ends without it.
  for (const n of [1, 2]) await one.attempt(first.row, gate, n);
  const other: Plan = { ...first.plan, findings: [digest('f'.repeat(64))] };
  const again = { ...first, row: { ...first.row, plan: await one.objects.put<'plan'>(other) } };
  const later = await one.open(again, 2);
  await one.approve(later);
  const order = (n: number) => one.order(again.row, n, { round: 2 });
  const ends: string[] = [];
  for (const n of [1, 2, 3, 4]) ends.push((await one.executor().attempt(order(n), one.context(later), new AbortController().signal)).is);
  expect(ends).toEqual(['already', 'already', 'already', 'done']);
  const { credential } = await one.secrets.stores.vaultOf(one.target.secret).read(one.target.secret);
  expect(one.bmc.works(one.bmc.userName, credential.password.reveal())).toBe(true);
});

test('a lock that an earlier attempt lifted is set again by a later one that comes to nothing itself', async () => {
  await using here = await rotating({ profile: 'dell', fault: 'lockdown-on' });
  one = here.one;
  // The lock is lifted, and the worker gone before it could set it again.
  expect((await here.attempt(1)).is).toBe('done');
  const withoutVault = (deps: ExecutorDeps): ExecutorDeps => ({
    ...deps,
    vaultOf: () => {
      throw new VaultError('UNREACHABLE', 'the vault is down');
    },
  });
  const { is, operation, closing } = await here.goOn({ retry: 1, over: withoutVault });
  expect([is, operation, closing]).toEqual(['UNREACHABLE', 2, ['UNREACHABLE', 'done']]);
});
