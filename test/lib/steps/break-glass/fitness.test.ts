import { expect, test } from 'vitest';
import { digest, id, time, type Json } from '../../../../lib/model/json.js';
import { accountOf, type Account } from '../../../../lib/steps/accounts.js';
import { judgeFitness } from '../../../../lib/steps/break-glass/fitness.js';
import { plainTarget } from '../../../support/plain-target.js';

const NOW = Date.UTC(2026, 4, 1, 12);
const FIT = { UserName: 'glass', RoleId: 'Administrator', Enabled: true, Locked: false, PasswordExpiration: '2026-05-02T00:00:00Z' };

test('one that opens the BMC today is fine', () => {
  expect(judged(FIT)).toEqual([]);
});

test.each([
  ['disabled', { Enabled: false }],
  ['locked', { Locked: true }],
  ['not an administrator', { RoleId: 'ReadOnly' }],
  ['to change its password first', { PasswordChangeRequired: true }],
  ['with a password that has expired', { PasswordExpiration: '2026-05-01T11:00:00Z' }],
])('one that is %s would not help', (_, change) => {
  expect(judged({ ...FIT, ...change })).toEqual(['BREAK_GLASS_UNFIT /accounts/1']);
});

test('what becomes of any other account is another matter', () => {
  expect(judged({ ...FIT, UserName: 'metrics', Enabled: false })).toEqual([]);
});

function judged(json: Json): readonly string[] {
  const accounts = [
    { userName: 'glass', roleId: 'Administrator', usedBy: 'the worst day', holders: [id<'person'>('lara')] },
    { userName: 'metrics', roleId: 'ReadOnly', usedBy: 'tests' },
  ];
  const survey = {
    reader: { get: () => Promise.reject(new Error('nothing is read')) },
    target: plainTarget({ accounts }),
  };
  return judgeFitness({ ...survey, own: { userName: 'us', session: null, also: [] } }, [account(json)]).map(
    ({ code, uri }) => `${code} ${uri}`,
  );
}

function account(json: Json): Account {
  const at = time(NOW);
  const shown = {
    uri: '/accounts/1',
    answeredBy: '/accounts/1',
    status: 200,
    headers: {},
    etag: null,
    body: Buffer.alloc(0),
    json,
    unread: null,
  };
  const found = accountOf({ ...shown, peer: digest('0'.repeat(64)), capture: digest('a'.repeat(64)), startedAt: at, endedAt: at });
  if (found === null) throw new RangeError('an account has a name');
  return found;
}
