import { afterEach, expect, test } from 'vitest';
import type { RecordData, RecordType } from '../../../lib/evidence/types.js';
import { digest } from '../../../lib/model/json.js';
import { onRecord } from '../../../lib/steps/own-session.js';
import { connectTo, refusalCode, reply, SESSIONS, startSmallBmc, type Handler } from '../redfish/small-bmc.js';

const cleanup: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo();
});

async function bmcWith(handlers: Record<string, Handler> = {}) {
  const bmc = await startSmallBmc(handlers);
  cleanup.push(bmc.stop);
  return bmc;
}

/** What a series was told; `ended` refuses as one behind its final seal does. */
function book() {
  const lines: [RecordType, RecordData][] = [];
  const state = { ended: false };
  const record = async (type: RecordType, data: RecordData) => {
    if (state.ended) throw new Error('the series has ended');
    lines.push([type, { ...data, ...(typeof data['from'] === 'string' ? { from: data['from'].replace(/\d+$/, 'PORT') } : {}) }]);
    return { seq: lines.length, head: digest<'custody'>('0'.repeat(64)) };
  };
  return { lines, state, series: { record } };
}

const us = { auth: 'session', session: `${SESSIONS}/1`, userName: 'responder', from: '127.0.0.1:PORT' };

test('a session of ours is on record from its login to its end, once each', async () => {
  const bmc = await bmcWith();
  const { lines, series } = book();
  const connection = await onRecord(series, () => connectTo(bmc));
  expect(lines).toEqual([['session.opened', us]]);
  await Promise.all([connection.close(), connection.close()]);
  expect(lines).toEqual([
    ['session.opened', us],
    ['session.ended', us],
  ]);
  expect(bmc.sessions.size).toBe(0);
});

test('under Basic the record says so, since each request is a login', async () => {
  const bmc = await bmcWith({ [`POST ${SESSIONS}`]: (_, response) => reply(response, 405, {}) });
  const { lines, series } = book();
  await (await onRecord(series, () => connectTo(bmc))).close();
  expect(lines.map(([type, { auth, session }]) => [type, auth, session])).toEqual([
    ['session.opened', 'basic', null],
    ['session.ended', 'basic', null],
  ]);
});

test('a refused login is on record, since the BMC has written it down', async () => {
  const bmc = await bmcWith({ [`POST ${SESSIONS}`]: (_, response) => reply(response, 401, {}) });
  const { lines, series } = book();
  expect(await refusalCode(onRecord(series, () => connectTo(bmc)))).toBe('LOGIN_REFUSED');
  expect(lines).toEqual([['session.refused', { uri: SESSIONS, code: 'LOGIN_REFUSED' }]]);
});

test('without a login there is nothing to record', async () => {
  const bmc = await bmcWith();
  const { lines, series } = book();
  await (await onRecord(series, () => connectTo(bmc, { credential: null }))).close();
  expect(lines).toEqual([]);
});

test('a session that cannot be recorded is ended at once, and one whose series ended first is ended all the same', async () => {
  const bmc = await bmcWith();
  const { state, series } = book();
  state.ended = true;
  await expect(onRecord(series, () => connectTo(bmc))).rejects.toThrow('the series has ended');
  expect(bmc.sessions.size).toBe(0);
  state.ended = false;
  const connection = await onRecord(series, () => connectTo(bmc));
  state.ended = true;
  await connection.close();
  expect(bmc.sessions.size).toBe(0);
});
