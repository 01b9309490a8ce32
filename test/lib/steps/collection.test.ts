import { afterEach, expect, test } from 'vitest';
import { digest, type Json } from '../../../lib/model/json.js';
import { listMembers, readMembers } from '../../../lib/steps/collection.js';
import { StepError } from '../../../lib/steps/error.js';
import type { Reader } from '../../../lib/steps/reader.js';
import { connectTo, reply, startSmallBmc, type Handler } from '../redfish/small-bmc.js';

const cleanup: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo();
});

const LIST = '/redfish/v1/List';
const link = (n: number): Json => ({ '@odata.id': `${LIST}/${String(n)}` });
const page = (numbers: readonly number[], count: number): Json => ({ Members: numbers.map(link), 'Members@odata.count': count });

async function readerOf(bodies: Record<string, Json | string>): Promise<Reader> {
  const bmc = await startSmallBmc(
    Object.fromEntries(Object.entries(bodies).map(([uri, body]): [string, Handler] => [uri, (_, response) => reply(response, 200, body)])),
  );
  cleanup.push(bmc.stop);
  const connection = await connectTo(bmc, { credential: null });
  cleanup.push(() => connection.close());
  return { get: async (uri) => ({ ...(await connection.get(uri)), capture: digest('0'.repeat(64)) }) };
}

test('a collection that counts more than it shows is read on with `$skip`', async () => {
  const reader = await readerOf({ [LIST]: page([1, 2], 5), [`${LIST}?$skip=2`]: page([3, 4], 5), [`${LIST}?$skip=4`]: page([5], 5) });
  expect((await listMembers(reader, LIST)).members).toEqual([1, 2, 3, 4, 5].map((n) => `${LIST}/${String(n)}`));
});

test.each<[string, Record<string, Json | string>]>([
  ['counts more than it ever shows', { [LIST]: page([1], 3), [`${LIST}?$skip=1`]: page([1], 3) }],
  ['shows an error with status 200', { [LIST]: { error: { code: 'Base.1.0.GeneralError' }, Members: [] } }],
  ['has no members at all', { [LIST]: {} }],
  ['is a web page', { [LIST]: '<html>please log in</html>' }],
  ['has a member that is an error with status 200', { [LIST]: page([1], 1), [`${LIST}/1`]: { error: { code: 'Base.1.0.GeneralError' } } }],
  ['has a member that is a web page', { [LIST]: page([1], 1), [`${LIST}/1`]: '<html>please log in</html>' }],
])('a collection that %s is UNREADABLE: a part is not passed for the whole', async (_, bodies) => {
  const reader = await readerOf(bodies);
  await expect(readMembers(reader, LIST)).rejects.toSatisfy((error) => error instanceof StepError && error.code === 'UNREADABLE');
});
