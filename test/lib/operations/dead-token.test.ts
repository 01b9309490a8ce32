import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ExecutorDeps } from '../../../lib/operations/job.js';
import { RedfishError } from '../../../lib/redfish/errors.js';
import type { Connection } from '../../../lib/redfish/types.js';
import { onDisk } from '../../support/on-disk.js';
import { oneTarget, plantedUri, type OneTarget } from '../../support/one-target.js';
import { proving, SESSIONS, type How, type Proved } from '../../support/token-proof.js';

let one: OneTarget;
let proved: (how?: How) => Promise<Proved>;
beforeAll(async () => {
  one = await oneTarget({ profile: 'small' });
  proved = proving(one);
});
afterAll(() => one.close());

/** The witness as some BMC would have it. */
function witnessed(change: (witness: Connection) => Connection): (deps: ExecutorDeps) => ExecutorDeps {
  return (deps) => ({ ...deps, secondLogin: async (...given) => change(await deps.secondLogin(...given)) });
}

/** Answers instead of the BMC to the witness: the first is with its token, the second without, the third with the dead one. */
function answers(...statuses: readonly (number | null)[]): How['over'] {
  return witnessed((witness) => {
    let nth = 0;
    const status: Connection['status'] = async (...given) => statuses[nth++] ?? witness.status(...given);
    return { ...witness, status };
  });
}

test('a token of ours is seen to work, to be needed, and to be refused once its session was ended by another one', async () => {
  const { is, asked } = await proved();
  expect(is).toBe('done');
  const ofSessions = asked.filter(({ uri }) => uri.startsWith(SESSIONS));
  expect(ofSessions.map(({ method, uri, status }) => `${method} ${uri === SESSIONS ? '' : 'one '}${String(status)}`)).toEqual([
    ...['POST 201', 'GET 200', 'POST 201', 'GET 200', 'GET 401', 'DELETE one 204', 'GET 401', 'GET 200'],
    // The witness logs out of what is ended, and the first session of itself.
    ...['DELETE one 401', 'DELETE one 204'],
  ]);
});

test('each proof is made anew, is on record with what was answered, and leaves no token on disk', async () => {
  for (const { is } of [await proved(), await proved()]) expect(is).toBe('done');
  const disk = Buffer.concat([...(await onDisk(one.ground.state))]);
  const told = disk.toString('latin1').match(/"data":\{[^{}]*"dead":[^{}]*\}/g) ?? [];
  expect(told.length).toBeGreaterThan(1);
  expect(new Set(told).size).toBe(told.length);
  for (const line of told) expect(line).toMatch(/"alive":200,"nobody":401,"ended":204,"dead":401\}$/);
  const tokens = one.fleet.tokens();
  expect(tokens.length).toBeGreaterThan(4);
  expect(tokens.filter((token) => disk.includes(token))).toEqual([]);
});

test('a BMC that takes a session off its list and goes on taking its token is found out', async () => {
  expect((await proved({ fault: 'session-survives' })).is).toBe('TOKEN_SURVIVES');
});

test('an end that is answered with a refusal and was made is proven all the same', async () => {
  expect((await proved({ fault: 'logout-refused' })).is).toBe('done');
});

test.each([
  ['what anybody may read', [null, 200], 'OPEN_TO_ANYBODY'],
  ['a refusal of nobody that is none of DSP0266', [null, 403], 'UNSETTLED'],
  ['a token that never worked', [401], 'UNSETTLED'],
  ['a dead token that is recognised and may do nothing', [null, null, 403], 'UNSETTLED'],
  ['a dead token that is answered with an error of the BMC', [null, null, 500], 'UNSETTLED'],
])('%s proves nothing', async (_, statuses, is) => {
  expect((await proved({ over: answers(...statuses), attempts: 1 })).is).toBe(is);
});

test('what proves nothing is on record, is looked at anew, and at last unknown', async () => {
  expect((await proved({ over: answers(null, 403) })).is).toBe('NOT_OBSERVED');
  const disk = Buffer.concat([...(await onDisk(one.ground.state))]);
  expect(disk.toString('latin1').match(/"alive":200,"nobody":403,"ended":null,"dead":null\}/g)?.length).toBeGreaterThanOrEqual(10);
});

test('a BMC that refuses everybody has not refused the dead token', async () => {
  const over = (deps: ExecutorDeps): ExecutorDeps => ({
    ...deps,
    connect: async (...given) => ({ ...(await deps.connect(...given)), status: () => Promise.resolve(401) }),
  });
  expect((await proved({ over, attempts: 1 })).is).toBe('UNSETTLED');
});

test('a session that another one may not end is told by the answer, and one whose end nobody knows is not judged by it', async () => {
  const ending = (send: Connection['send']) => (deps: ExecutorDeps) => ({
    ...deps,
    connect: async (...given: Parameters<ExecutorDeps['connect']>) => ({ ...(await deps.connect(...given)), send }),
  });
  const lost = new RedfishError('DROPPED', 'as a BMC would', { uri: SESSIONS, sent: 'unknown' });
  const refused = one.withConnection('read-write', (connection) =>
    connection.send({ method: 'DELETE', uri: '/redfish/v1/Chassis', body: null, ifMatch: null }),
  );
  expect((await proved({ over: ending(() => refused) })).is).toBe('HTTP_405');
  expect((await proved({ over: ending(() => Promise.reject(lost)), attempts: 1 })).is).toBe('UNSETTLED');
});

test('what the BMC calls our session is not ended when it was there before, or is none', async () => {
  for (const session of [plantedUri(one, 'stolen-session'), '/redfish/v1/AccountService/Accounts/2', null]) {
    const { is, asked } = await proved({ over: witnessed((witness) => ({ ...witness, session })) });
    expect(is).toBe('NO_SESSION_OF_OURS');
    expect(asked.filter(({ method, uri }) => method === 'DELETE' && uri === session)).toEqual([]);
  }
});

test('no room for the witness is waited for, and at last unknown', async () => {
  const full = new RedfishError('SESSION_LIMIT', 'as a BMC would', { uri: SESSIONS, sent: true, status: 503 });
  let logins = 0;
  const over = (deps: ExecutorDeps): ExecutorDeps => ({
    ...deps,
    secondLogin: (...given) => ((logins += 1) <= 2 ? Promise.reject(full) : deps.secondLogin(...given)),
  });
  expect((await proved({ over })).is).toBe('done');
  let later = 0;
  const late = (deps: ExecutorDeps): ExecutorDeps => ({
    ...deps,
    now: () => Date.now() + (later += 15_000),
    secondLogin: () => Promise.reject(full),
  });
  expect((await proved({ over: late })).is).toBe('NEVER_ENDED');
});

test('where we have no session nothing is claimed', async () => {
  const over = (deps: ExecutorDeps): ExecutorDeps => ({
    ...deps,
    connect: async (...given) => ({ ...(await deps.connect(...given)), session: null }),
  });
  expect((await proved({ over })).is).toBe('PRECONDITION_FAILED');
});
