import { afterEach, expect, test } from 'vitest';
import { oneTarget, plantedUri, type OneTarget } from '../../support/one-target.js';

let one: OneTarget | null = null;
afterEach(async () => {
  await one?.close();
  one = null;
});

/** The plan of a review of a BMC that is honest until the fault begins. */
async function approved(fault: 'session-that-is-an-account' | 'session-gone-when-asked') {
  one = await oneTarget({ profile: 'small' });
  const planned = await one.review();
  const gate = await one.open(planned);
  await one.approve(gate);
  await one.seal('sessions', 'accounts');
  await one.fleet.fault(one.bmc.id, fault);
  return { here: one, row: planned.row, gate };
}

const deleted = ({ fleet }: OneTarget): string[] =>
  fleet.wire.entries.filter(({ method, user }) => method === 'DELETE' && user !== null).map(({ uri }) => uri);

test('an account that turns up in the session list after the plan was approved is not deleted, nor anything else', async () => {
  const { here, row, gate } = await approved('session-that-is-an-account');
  await expect(here.attempt(row, gate, 2)).rejects.toMatchObject({ code: 'NOT_ATTEMPTED', reason: 'BAD_SEND' });
  expect(deleted(here).filter((uri) => uri.includes('/Accounts/'))).toEqual([]);
  expect(deleted(here)).not.toContain(plantedUri(here, 'stolen-session'));
});

test('sessions that are listed and gone when they are read do not keep the rule from being done', async () => {
  const { here, row, gate } = await approved('session-gone-when-asked');
  expect(await here.attempt(row, gate, 2)).toMatchObject({ is: 'done' });
  expect(deleted(here)).toContain(plantedUri(here, 'stolen-session'));
});
