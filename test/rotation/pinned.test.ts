import { expect, test } from 'vitest';
import { id } from '../../lib/model/json.js';
import { oneTarget, POLICY } from '../support/one-target.js';

const ROTATE = id<'step'>('rotate');

test('a secret that the inventory pins to a version gets a reference of its own, which counts from then on', async () => {
  const one = await oneTarget({ profile: 'small', compromise: false }, POLICY, ROTATE, {
    listed: (target) => ({ ...target, secret: `${target.secret}@1` }),
  });
  try {
    const planned = await one.review();
    const gate = await one.open(planned);
    await one.seal('accounts', 'sessions', 'configuration');
    await one.approve(gate);
    const [section] = planned.plan.sections;
    for (const { n } of section?.operations ?? []) expect(['done', 'already']).toContain((await one.attempt(planned.row, gate, n)).is);
    await one.withOwnLogin(async (connection) => {
      expect((await connection.get('/redfish/v1/AccountService')).status).toBe(200);
    });
    const { userName, password } = await one.secrets.stores.read(`${one.target.secret.replace('@1', '')}.${one.target.id}`);
    expect(one.bmc.works(userName, password.reveal())).toBe(true);
  } finally {
    await one.close();
  }
});
