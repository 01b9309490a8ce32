import { expect, test } from 'vitest';
import { digest, time, type Json } from '../../../lib/model/json.js';
import { findAccount } from '../../../lib/operations/own-account.js';
import type { Reader } from '../../../lib/steps/reader.js';

const LIST = '/redfish/v1/AccountService/Accounts';
const NAME = 'cofferdam-00000';

function readerOf(resources: Readonly<Record<string, Json>>): Reader {
  const at = time(0);
  const common = { headers: {}, etag: null, body: new Uint8Array(), unread: null, startedAt: at, endedAt: at };
  return {
    get: (uri) =>
      Promise.resolve({
        ...common,
        uri,
        answeredBy: uri,
        status: uri in resources ? 200 : 404,
        json: resources[uri] ?? null,
        peer: digest('1'.repeat(64)),
        capture: digest('2'.repeat(64)),
      }),
  };
}

test.each([
  ['an account of the list', `${LIST}/7`, NAME, `${LIST}/7`],
  ['an account whose name differs in case', `${LIST}/7`, NAME.toUpperCase(), `${LIST}/7`],
  ['an account of another name', `${LIST}/7`, 'root', undefined],
  ['a key below an account', `${LIST}/1/Keys/1`, NAME, undefined],
  ['a system that is listed as an account', '/redfish/v1/Systems/1', NAME, undefined],
])('the account of an incident is looked for by its name right below the list: %s', async (_, uri, userName, found) => {
  const reader = readerOf({ [LIST]: { Members: [{ '@odata.id': uri }] }, [uri]: { '@odata.id': uri, UserName: userName, Enabled: true } });
  expect((await findAccount(reader, { list: LIST, userName: NAME }))?.uri).toBe(found);
});
