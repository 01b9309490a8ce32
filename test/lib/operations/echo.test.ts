import { describe, expect, it } from 'vitest';
import { withoutEcho } from '../../../lib/operations/echo.js';
import { RedfishError } from '../../../lib/redfish/errors.js';
import type { Answer, Change } from '../../../lib/redfish/types.js';
import { oneTarget } from '../../support/one-target.js';

const SECRET = 'Tr0ub4dorNew';
const CHANGE: Change = { method: 'PATCH', uri: '/redfish/v1/AccountService/Accounts/1', body: null, ifMatch: null };

async function answered(change: Partial<Answer> | RedfishError): Promise<Answer> {
  const one = await oneTarget();
  try {
    return await one.withConnection('read-only', async (connection) => {
      const whole = await connection.get('/redfish/v1');
      const send = (): Promise<Answer> =>
        change instanceof RedfishError ? Promise.reject(change) : Promise.resolve({ ...whole, ...change });
      return withoutEcho({ ...connection, send }, SECRET).send(CHANGE);
    });
  } finally {
    await one.close();
  }
}

describe('an answer that repeats the new secret', () => {
  it.each([
    ['body', { body: Buffer.from(`{"a":"${SECRET}"}`), json: { a: SECRET } }],
    ['message id, escaped on the wire', { body: Buffer.from('{}'), json: { error: { code: `Base.1.0.${SECRET}` } } }],
    ['location', { headers: { location: `/redfish/v1/${SECRET}` } }],
  ] as const)('in its %s keeps its status alone', async (_, change) => {
    const answer = await answered(change);
    expect([answer.status, answer.json, answer.headers, answer.body.length]).toEqual([200, null, {}, 0]);
  });

  it('as an error loses its message ids', async () => {
    const error = new RedfishError('UNAUTHORIZED', SECRET, { uri: CHANGE.uri, sent: true, status: 401, messageIds: [SECRET] });
    const thrown = await answered(error).catch((cause: unknown) => cause);
    expect(thrown).toMatchObject({ code: 'UNAUTHORIZED', messageIds: [] });
    expect(String(thrown)).not.toContain(SECRET);
  });

  it('is all that is touched', async () => {
    expect((await answered({})).json).not.toBe(null);
  });
});
