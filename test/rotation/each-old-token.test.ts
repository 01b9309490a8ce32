import { expect, test } from 'vitest';
import { id } from '../../lib/model/json.js';
import { operationsOf } from '../../lib/model/plan.js';
import type { ExecutorDeps } from '../../lib/operations/job.js';
import { RedfishError } from '../../lib/redfish/errors.js';
import { isObject } from '../../lib/redfish/json.js';
import type { Connection } from '../../lib/redfish/types.js';
import { codeOf, signRetry, WorkerDied } from '../support/as-the-engine.js';
import { onDisk } from '../support/on-disk.js';
import { rotating, type Rotating } from '../support/rotating.js';
import { all, count, requireRotated } from './cases.js';

type Over = (deps: ExecutorDeps) => ExecutorDeps;

/** What each operation of the whole plan comes to, by its kind; to the first section that parks. */
async function through(here: Rotating, over: Over = (deps) => deps, retry = 0): Promise<readonly (readonly [kind: string, is: string])[]> {
  const came: (readonly [string, string])[] = [];
  for (const { n, send } of operationsOf(here.plan)) {
    let is: string | null = null;
    for (let tries = 0; is === null && tries < 40; tries++)
      is = codeOf(await here.attempt(n, { over, retry }).catch((error: unknown) => error));
    came.push([send.kind, is === 'already' ? 'done' : (is ?? 'UNSETTLED')]);
  }
  return came;
}

/** All of it went well, but for the last operation. */
function requireLast(came: Awaited<ReturnType<typeof through>>, is: string): void {
  expect(came.filter(([kind, one]) => one !== 'done' || kind === 'dead-token')).toEqual([['dead-token', is]]);
  expect(came.at(-1)?.[0]).toBe('dead-token');
}

/** Of the session that the old secret opens: it is the first that is opened beside another. */
function oldSession(as: (open: () => Promise<Connection>) => Promise<Connection>): Over {
  let nth = 0;
  return (deps) => ({
    ...deps,
    secondLogin: (...given) => ((nth += 1) === 1 ? as(() => deps.secondLogin(...given)) : deps.secondLogin(...given)),
  });
}

const LOST = new RedfishError('DROPPED', 'as a BMC would', { uri: '/redfish/v1', sent: 'unknown' });

test('a session that an old secret had opened and whose token outlives it is found out, whatever a new password ends there', async () => {
  // A new password ends no session, all of them, and all but the one in which it is set.
  const makers = ['dell', 'supermicro', 'openbmc'] as const;
  await all(
    makers.flatMap((profile) => (['session-survives-password', null] as const).map((fault) => ({ profile, fault }))),
    ({ profile, fault }) => `${profile}, ${fault ?? 'honest'}`,
    async ({ profile, fault }) => {
      await using here = await rotating({ profile, fault, service: 'metrics' });
      requireLast(await through(here), fault === null ? 'done' : 'TOKEN_SURVIVES');
      const { record } = await here.truth();
      const said = fault === null ? 'refused' : 'survives';
      expect(record.oldTokens).toEqual([here.one.target.secret, 'vault://file/metrics'].map((ref) => ({ ref, said })));
      requireRotated(await here.truth());
      const disk = Buffer.concat([...(await onDisk(here.one.ground.state))]);
      expect(here.one.fleet.tokens().filter((token) => disk.includes(token))).toEqual([]);
      await count('old tokens');
    },
  );
}, 120_000);

test('an old token that nobody could try never reads as refused, and the secret is replaced all the same', async () => {
  const cases: readonly (readonly [what: string, over: () => Over])[] = [
    ['no room', () => oldSession(() => Promise.reject(new RedfishError('SESSION_LIMIT', 'as a BMC would', { uri: '', sent: true })))],
    ['a lost login', () => oldSession(async (open) => open().then(() => Promise.reject(LOST)))],
    ['anybody may read it', () => oldSession(async (open) => ({ ...(await open()), status: () => Promise.resolve(200) }))],
    ['silence after the change', () => oldSession(async (open) => silentAfter(2, await open()))],
    ['a session that was there before', takingTheFirst],
    ['no session of its own', () => oldSession(async (open) => ({ ...(await open()), session: null }))],
  ];
  await all(
    cases,
    ([what]) => what,
    async ([, over]) => {
      await using here = await rotating({ profile: 'openbmc' });
      requireLast(await through(here, over()), 'OLD_TOKEN_UNTRIED');
      requireRotated(await here.truth());
      await count('old tokens that nobody could try');
    },
  );
}, 120_000);

function silentAfter(answers: number, connection: Connection): Connection {
  let nth = 0;
  return { ...connection, status: (...given) => ((nth += 1) > answers ? Promise.reject(LOST) : connection.status(...given)) };
}

/** The BMC names the conversation in which the password is changed. */
function takingTheFirst(): Over {
  let first: string | null = null;
  const witnessed = oldSession(async (open) => ({ ...(await open()), session: first }));
  return (deps) => ({
    ...witnessed(deps),
    connect: async (...given) => {
      const connection = await deps.connect(...given);
      first ??= connection.session;
      return connection;
    },
  });
}

function dyingAfterSend(): Over {
  let dead = false;
  return (deps) => ({
    ...deps,
    connect: async (...given) => {
      const connection = await deps.connect(...given);
      const send: Connection['send'] = async (change) => {
        const answer = await connection.send(change);
        if (dead) return answer;
        dead = true;
        throw new WorkerDied('of the test');
      };
      return { ...connection, send };
    },
  });
}

test('a worker that dies once the password was sent has tried no token, whatever came of an earlier one, and a signed retry tries another', async () => {
  await using here = await rotating({ profile: 'small' });
  requireLast(await through(here), 'done');
  await signRetry(here.one, id('rotate'), 0);
  requireLast(await through(here, dyingAfterSend(), 1), 'OLD_TOKEN_UNTRIED');
  requireRotated(await here.truth(), 2);
  await signRetry(here.one, id('rotate'), 1);
  requireLast(await through(here, undefined, 2), 'done');
  await count('old tokens that nobody could try');
});

test('another key at that login keeps the new secret here', async () => {
  await using here = await rotating({ profile: 'openbmc' });
  const strange = new RedfishError('PIN_MISMATCH', 'as from another device', { uri: '', sent: false });
  const { is, closing } = await here.goOn({ over: oldSession(() => Promise.reject(strange)) });
  const { sent, works, gives } = await here.truth();
  expect({ is, closing, sent, works, gives }).toEqual({ is: 'PIN_MISMATCH', closing: ['done'], sent: 0, works: ['old'], gives: 'old' });
  await count('old tokens that nobody could try');
});

test('a login that the old secret of another account is refused counts as one', async () => {
  await using here = await rotating({ profile: 'openbmc', service: 'metrics', fault: 'lockout-of-three' });
  here.one.bmc.givePassword('metrics', 'Changed-by-hand-1');
  const { is } = await here.goOn();
  const { works, keptOut, own } = await here.truth();
  // So the old one is not tried again before a good login.
  expect({ is, works, keptOut, most: own.most }).toEqual({ is: 'done', works: ['new'], keptOut: [], most: 1 });
  await count('old tokens that nobody could try');
});

/** As a BMC says that locks an account at its second refused login, and never forgets one. */
const lockingAtTwo: Over = (deps) => ({
  ...deps,
  connect: async (...given) => {
    const connection = await deps.connect(...given);
    const get: Connection['get'] = async (uri) => {
      const answer = await connection.get(uri);
      if (uri !== '/redfish/v1/AccountService' || !isObject(answer.json)) return answer;
      return { ...answer, json: { ...answer.json, AccountLockoutThreshold: 2, AccountLockoutCounterResetAfter: 0 } };
    };
    return { ...connection, get };
  },
});

test('a login that might be refused is not tried where the BMC bears one refusal alone: the new secret could not be shown to work after it', async () => {
  await using here = await rotating({ profile: 'openbmc', service: 'metrics' });
  here.one.bmc.givePassword('metrics', 'Changed-by-hand-1');
  requireLast(await through(here, lockingAtTwo), 'OLD_TOKEN_UNTRIED');
  const { works, current, record } = await here.truth();
  // Ours had logged in a moment before.
  const oldTokens = [{ ref: here.one.target.secret, said: 'refused' }];
  expect({ works, current, oldTokens: record.oldTokens }).toEqual({ works: ['new'], current: 'new', oldTokens });
  await count('old tokens that nobody could try');
});
