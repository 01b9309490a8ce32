import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { digest, type Json } from '../../../lib/model/json.js';
import type { ConnectOptions, Connection } from '../../../lib/redfish/types.js';
import { connectTo, refusal, refusalCode, reply, SESSIONS, startSmallBmc, type Handler, type SmallBmc } from './small-bmc.js';

const cleanup: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo();
});

async function bmcWith(handlers: Record<string, Handler> = {}): Promise<SmallBmc> {
  const bmc = await startSmallBmc(handlers);
  cleanup.push(bmc.stop);
  return bmc;
}

async function open(bmc: SmallBmc, options: Partial<ConnectOptions> = {}): Promise<Connection> {
  const connection = await connectTo(bmc, options);
  cleanup.push(() => connection.close());
  return connection;
}

const THING = '/redfish/v1/Thing';
const notReady = (MessageId: string): Json => ({ error: { '@Message.ExtendedInfo': [{ MessageId }] } });

describe('the session', () => {
  test('is opened where the service root says, written down before anything else, and ended by close', async () => {
    const bmc = await bmcWith({ [THING]: (_, response) => reply(response, 200, { Name: 'thing' }) });
    const told: string[] = [];
    const connection = await open(bmc, {
      onSession: async (uri) => void told.push(`open ${uri} after ${bmc.log.length} requests`),
      onSessionEnded: async (uri) => void told.push(`ended ${uri}`),
    });
    const answer = await connection.get(THING);
    await connection.close();
    await connection.close();
    expect(bmc.lines()).toEqual(['GET /redfish/v1/', `POST ${SESSIONS}`, `GET ${THING}`, `DELETE ${SESSIONS}/1`]);
    expect(told).toEqual([`open ${SESSIONS}/1 after 2 requests`, `ended ${SESSIONS}/1`]);
    expect(connection.session).toBe(`${SESSIONS}/1`);
    expect(bmc.connections()).toBe(1);
    expect(answer).toMatchObject({ uri: THING, answeredBy: THING, status: 200, json: { Name: 'thing' }, unread: null, peer: bmc.pin });
    expect(Buffer.from(answer.body).toString()).toBe('{"Name":"thing"}');
  });

  test('sends the password only to the Sessions collection and the token only afterwards', async () => {
    const bmc = await bmcWith();
    const connection = await open(bmc);
    await connection.get(THING);
    await connection.close();
    expect(
      bmc.log.map(({ headers, body }) => [headers['x-auth-token'] ?? null, headers.authorization ?? null, body.includes('correct horse')]),
    ).toEqual([
      [null, null, false],
      [null, null, true],
      [`token-of-${SESSIONS}/1`, null, false],
      [`token-of-${SESSIONS}/1`, null, false],
    ]);
  });

  test('is ended when the caller cannot write it down', async () => {
    const bmc = await bmcWith();
    await expect(connectTo(bmc, { onSession: () => Promise.reject(new Error('disk full')) })).rejects.toThrow('disk full');
    expect(bmc.sessions.size).toBe(0);
    expect(bmc.lines().at(-1)).toBe(`DELETE ${SESSIONS}/1`);
  });

  test('is ended when the caller gives up in mid-request', async () => {
    const control = new AbortController();
    const bmc = await bmcWith({ [THING]: () => control.abort() });
    const connection = await open(bmc, { signal: control.signal });
    expect(await refusalCode(connection.get(THING))).toBe('ABORTED');
    await connection.close();
    expect(bmc.sessions.size).toBe(0);
  });

  test('is ended when the caller gives up while the login is under way', async () => {
    const control = new AbortController();
    const bmc = await bmcWith({
      [`POST ${SESSIONS}`]: (_, response) => {
        control.abort();
        bmc.sessions.add(`${SESSIONS}/7`);
        setImmediate(() => reply(response, 201, {}, { 'x-auth-token': 't', location: `${SESSIONS}/7` }));
      },
    });
    expect(await refusalCode(connectTo(bmc, { signal: control.signal }))).toBe('ABORTED');
    expect(bmc.sessions.size).toBe(0);
  });

  test('is ended while a request hangs, without waiting for it', async () => {
    const bmc = await bmcWith({ [THING]: () => undefined });
    const connection = await open(bmc, { limits: { requestMs: 60_000 } });
    const hanging = refusalCode(connection.get(THING));
    await expect.poll(() => bmc.lines()).toContain(`GET ${THING}`);
    await connection.close();
    expect(bmc.sessions.size).toBe(0);
    expect(await hanging).toBe('ABORTED');
    expect(await refusalCode(connection.get(THING))).toBe('CLOSED');
  });

  test('that a BMC refuses to end is not reported as ended, and close does not throw', async () => {
    const ended: string[] = [];
    const bmc = await bmcWith({ [`DELETE ${SESSIONS}/1`]: (_, response) => reply(response, 500, {}) });
    const connection = await open(bmc, { onSessionEnded: async (uri) => void ended.push(uri) });
    await connection.close();
    expect(ended).toEqual([]);
  });

  test('keeps only the path of an absolute Location, since the token goes nowhere else', async () => {
    const bmc = await bmcWith({
      [`POST ${SESSIONS}`]: (_, response) => {
        bmc.sessions.add(`${SESSIONS}/a1`);
        reply(response, 201, {}, { 'x-auth-token': 't', location: `https://ilo-of-somebody.example${SESSIONS}/a1/` });
      },
    });
    const connection = await open(bmc);
    await connection.close();
    expect(connection.session).toBe(`${SESSIONS}/a1`);
    expect(bmc.sessions.size).toBe(0);
  });

  test('left behind by a crash is ended after the next login, but not when its number has gone to somebody else', async () => {
    const bmc = await bmcWith({
      [`GET ${SESSIONS}/other`]: (_, response) => reply(response, 200, { UserName: 'alice' }),
    });
    bmc.sessions.add(`${SESSIONS}/crashed`).add(`${SESSIONS}/other`);
    const ended: string[] = [];
    const leftOver = [`${SESSIONS}/crashed`, `${SESSIONS}/other`];
    const connection = await open(bmc, { leftOver, onSessionEnded: async (uri) => void ended.push(uri) });
    await connection.close();
    expect([...bmc.sessions]).toEqual([`${SESSIONS}/other`]);
    expect(ended).toContain(`${SESSIONS}/crashed`);
    expect(bmc.lines()).not.toContain(`DELETE ${SESSIONS}/other`);
  });

  test.each([
    [401, {}, 'LOGIN_REFUSED'],
    [403, {}, 'LOGIN_REFUSED'],
    [503, { error: { '@Message.ExtendedInfo': [{ MessageId: 'IDRAC.2.8.RAC0218' }] } }, 'SESSION_LIMIT'],
    [400, { error: { '@Message.ExtendedInfo': [{ MessageId: 'Base.1.8.SessionLimitExceeded' }] } }, 'SESSION_LIMIT'],
    [503, { error: { code: 'Base.1.8.GeneralError' } }, 'BUSY'],
    [500, { error: { '@Message.ExtendedInfo': [{ MessageId: 'IDRAC.2.7.SYS518' }] } }, 'BUSY'],
    [401, { error: { '@Message.ExtendedInfo': [{ MessageId: 'iLO.2.23.LoginAttemptDelayedSeconds' }] } }, 'LOCKED_OUT'],
    [403, { error: { '@Message.ExtendedInfo': [{ MessageId: 'IDRAC.2.7.USR8500' }] } }, 'LOCKED_OUT'],
    [201, {}, 'LOGIN_FAILED'],
    [200, { error: { code: 'Base.1.8.GeneralError' } }, 'LOGIN_FAILED'],
    [200, '<html>please log in</html>', 'LOGIN_FAILED'],
    [204, '', 'LOGIN_FAILED'],
  ] satisfies [number, Json, string][])(
    'answered with %i %j is refused as such, and the password is sent once',
    async (status, body, code) => {
      const bmc = await bmcWith({ [`POST ${SESSIONS}`]: (_, response) => reply(response, status, body) });
      const error = await refusal(connectTo(bmc));
      expect([error.code, error.status, error.sent]).toEqual([code, status, true]);
      expect(bmc.log.filter(({ body: sent }) => sent.includes('correct horse'))).toHaveLength(1);
    },
  );

  test.each<[string, Handler, string]>([
    ['a web page', (_, response) => reply(response, 200, '<html>BMC</html>', { 'content-type': 'text/html' }), 'LOGIN_FAILED'],
    ['nothing', (_, response) => reply(response, 200, ''), 'LOGIN_FAILED'],
    ['an error with status 200', (_, response) => reply(response, 200, { error: { code: 'Base.1.0.GeneralError' } }), 'LOGIN_FAILED'],
    ['a JSON that is no service root', (_, response) => reply(response, 200, { ok: true }), 'LOGIN_FAILED'],
    ['a refusal', (_, response) => reply(response, 403, '<html>forbidden</html>'), 'LOGIN_FAILED'],
    ['that it starts', (_, response) => reply(response, 503, ''), 'BUSY'],
    ['that it is not ready, as iDRAC says it', (_, response) => reply(response, 400, notReady('IDRAC.2.8.SYS518')), 'BUSY'],
  ])('is not asked for, and the password is not sent, where the service root is %s', async (_, root, code) => {
    const bmc = await bmcWith({ '/redfish/v1/': root });
    const error = await refusal(connectTo(bmc));
    expect([error.code, error.sent]).toEqual([code, false]);
    expect(bmc.lines().filter((line) => line.startsWith('POST'))).toEqual([]);
  });

  test('is not asked for without a credential, and then 401 is an answer', async () => {
    const bmc = await bmcWith({ [THING]: (_, response) => reply(response, 401, {}) });
    const connection = await open(bmc, { credential: null });
    expect((await connection.get(THING)).status).toBe(401);
    await connection.close();
    expect(connection.session).toBeNull();
    expect(bmc.lines()).toEqual(['GET /redfish/v1/', `GET ${THING}`]);
  });

  test('that ended is not opened again', async () => {
    const bmc = await bmcWith({ [THING]: (_, response) => reply(response, 401, {}) });
    const connection = await open(bmc, { mode: 'read-write' });
    expect(await refusalCode(connection.get(THING))).toBe('UNAUTHORIZED');
    const error = await refusal(connection.send({ method: 'PATCH', uri: THING, body: {}, ifMatch: null }));
    expect([error.code, error.sent]).toEqual(['UNAUTHORIZED', true]);
    expect(bmc.lines().filter((line) => line.startsWith('POST'))).toHaveLength(1);
    expect(bmc.log.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });
});

describe('a BMC without sessions', () => {
  const noSessions: [string, Record<string, Handler>][] = [
    ...[404, 405, 501].map((status): [string, Record<string, Handler>] => [
      `answers a login with ${String(status)}`,
      { [`POST ${SESSIONS}`]: (_, response) => reply(response, status, {}) },
    ]),
    ['names none', { '/redfish/v1/': (_, response) => reply(response, 200, { RedfishVersion: '1.0.0', Links: {} }) }],
  ];
  test.each(noSessions)('that %s is asked with Basic, over one connection, and says so', async (_, handlers) => {
    const bmc = await bmcWith({ [THING]: (_request, response) => reply(response, 200, { Name: 'thing' }), ...handlers });
    const connection = await open(bmc, { connections: 4 });
    expect((await connection.get(THING)).status).toBe(200);
    expect([connection.auth, connection.session, connection.userName, connection.connections]).toEqual(['basic', null, 'responder', 1]);
    const basic = `Basic ${Buffer.from('responder:correct horse').toString('base64')}`;
    expect(bmc.log.filter(({ headers }) => headers.authorization === basic).map(({ path }) => path)).toEqual([THING]);
    await connection.close();
    expect(bmc.lines().some((line) => line.startsWith('DELETE'))).toBe(false);
  });

  test('that refuses the password under Basic is not sent it again', async () => {
    const bmc = await bmcWith({
      [`POST ${SESSIONS}`]: (_, response) => reply(response, 405, {}),
      [THING]: (_, response) => reply(response, 401, {}),
    });
    const connection = await open(bmc, { mode: 'read-write' });
    const first = await refusal(connection.get(THING));
    const second = await refusal(connection.get('/redfish/v1'));
    const third = await refusal(connection.send({ method: 'PATCH', uri: THING, body: {}, ifMatch: null }));
    expect([first, second, third].map(({ code, sent }) => [code, sent])).toEqual([
      ['LOGIN_REFUSED', true],
      ['LOGIN_REFUSED', false],
      ['LOGIN_REFUSED', false],
    ]);
    expect(bmc.log.filter(({ headers }) => headers.authorization !== undefined)).toHaveLength(1);
  });

  test('is told from one that refuses a login: after 401 there is no Basic', async () => {
    const bmc = await bmcWith({ [`POST ${SESSIONS}`]: (_, response) => reply(response, 401, {}) });
    expect(await refusalCode(connectTo(bmc))).toBe('LOGIN_REFUSED');
    expect(bmc.log.some(({ headers }) => headers.authorization !== undefined)).toBe(false);
  });
});

describe('the connections', () => {
  const root =
    (more: Record<string, Json>): Handler =>
    (_, response) =>
      reply(response, 200, { RedfishVersion: '1.17.0', Links: { Sessions: { '@odata.id': SESSIONS } }, ...more });
  test.each<[string, Record<string, Json>, number]>([
    ['an unknown BMC', {}, 1],
    ['an iDRAC', { Vendor: 'Dell', Product: 'Integrated Dell Remote Access Controller' }, 1],
    ['an OpenBMC', { Product: 'OpenBMC' }, 4],
    ['an OpenBMC of NVIDIA', { Vendor: 'NVIDIA', Product: 'GB200 NVL' }, 4],
  ])('are as many as a source proves that %s bears', async (_, says, connections) => {
    const bmc = await bmcWith({ '/redfish/v1/': root(says) });
    expect((await open(bmc)).connections).toBe(connections);
  });

  test.each([
    [3, 3],
    [100, 4],
    [0, 1],
  ])('are as many as the caller says, from one to four: %i', async (wanted, connections) => {
    expect((await open(await bmcWith(), { connections: wanted })).connections).toBe(connections);
  });

  /** Holds every answer until as many requests are under way as there will ever be. */
  async function mostAtOnce(connections: number): Promise<{ most: number; opened: number; local: boolean }> {
    const waiting: (() => void)[] = [];
    let most = 0;
    const bmc = await bmcWith({
      [THING]: (_, response) => {
        waiting.push(() => reply(response, 200, {}));
        most = Math.max(most, waiting.length);
        setImmediate(() => setImmediate(() => waiting.length >= connections && waiting.splice(0).forEach((go) => go())));
      },
    });
    const connection = await open(bmc, { connections });
    await Promise.all(Array.from({ length: 12 }, () => connection.get(THING)));
    return { most, opened: bmc.connections(), local: /^127\.0\.0\.1:\d+$/.test(connection.localAddress ?? '') };
  }

  test.each([1, 2, 4])('carry no more requests at a time than %i, however many are asked for', async (connections) => {
    expect(await mostAtOnce(connections)).toEqual({ most: connections, opened: connections, local: true });
  });

  test('become one when the BMC falters under several', async () => {
    let under = 0;
    let most = 0;
    let busy = true;
    const bmc = await bmcWith({
      [THING]: (_, response) => {
        under += 1;
        most = Math.max(most, under);
        setTimeout(() => {
          under -= 1;
          reply(response, busy ? 503 : 200, {});
        }, 5);
      },
    });
    const connection = await open(bmc, { connections: 4 });
    await connection.get(THING);
    busy = false;
    most = 0;
    await Promise.all(Array.from({ length: 8 }, () => connection.get(THING)));
    expect(most).toBe(1);
  });
});

describe('the pin', () => {
  test('that does not match keeps every byte of HTTP from the peer', async () => {
    const bmc = await bmcWith();
    const error = await refusal(connectTo({ address: bmc.address, pin: digest('0'.repeat(64)) }));
    expect([error.code, error.sent]).toEqual(['PIN_MISMATCH', false]);
    expect(bmc.log).toEqual([]);
    expect(error.message).toContain(bmc.pin);
  });
});

describe('a peer that cannot be talked to', () => {
  test('is UNREACHABLE when nobody listens', async () => {
    const bmc = await startSmallBmc();
    await bmc.stop();
    const error = await refusal(connectTo(bmc));
    expect([error.code, error.sent]).toEqual(['UNREACHABLE', false]);
  });

  test('is TLS_FAILED when it speaks something else', async () => {
    const server = createServer((socket) =>
      socket
        .on('error', () => undefined)
        .resume()
        .end('SSH-2.0-OpenSSH\r\n'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanup.push(() => new Promise((resolve) => server.close(() => resolve())));
    const bound = server.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
    expect(await refusalCode(connectTo({ address: `https://127.0.0.1:${port}`, pin: digest('0'.repeat(64)) }))).toBe('TLS_FAILED');
  });

  test.each(['http://127.0.0.1', 'https://user@127.0.0.1', 'https://127.0.0.1/redfish', 'nonsense'])(
    'is refused as address: %s',
    async (address) => {
      expect(await refusalCode(connectTo({ address, pin: digest('0'.repeat(64)) }))).toBe('BAD_URI');
    },
  );
});

describe('a change', () => {
  test('is refused on a connection that only reads, before the network', async () => {
    const bmc = await bmcWith();
    const connection = await open(bmc);
    const before = bmc.log.length;
    for (const method of ['POST', 'PATCH', 'PUT', 'DELETE'] as const) {
      const error = await refusal(connection.send({ method, uri: THING, body: {}, ifMatch: null }));
      expect([error.code, error.sent]).toEqual(['READ_ONLY', false]);
    }
    expect(bmc.log.length).toBe(before);
  });

  test('carries body and If-Match as given, and any status is its answer', async () => {
    const bmc = await bmcWith({
      [`PATCH ${THING}`]: (_, response) => reply(response, 412, { error: { code: 'Base.1.0.PreconditionFailed' } }),
    });
    const connection = await open(bmc, { mode: 'read-write' });
    const answer = await connection.send({ method: 'PATCH', uri: THING, body: { Enabled: false }, ifMatch: 'W/"4EB3"' });
    const seen = bmc.log.at(-1);
    expect(answer.status).toBe(412);
    expect([seen?.headers['if-match'], seen?.body]).toEqual(['W/"4EB3"', '{"Enabled":false}']);
  });

  test.each(['POST', 'PATCH', 'PUT', 'DELETE'] as const)(
    '%s is sent once, whatever happens to it, and the error says what is known',
    async (method) => {
      const fates: Handler[] = [
        (_, __, socket) => socket.destroy(),
        (_, response) => reply(response, 503, {}),
        (_, response) => reply(response, 307, {}, { location: '/redfish/v1/Else' }),
        () => undefined,
      ];
      let next = 0;
      const bmc = await bmcWith({ [`${method} ${THING}`]: (seen, response, socket) => fates[next]?.(seen, response, socket) });
      const connection = await open(bmc, { mode: 'read-write' });
      const ends: unknown[] = [];
      for (next = 0; next < fates.length; next += 1) {
        const end = connection.send({ method, uri: THING, body: method === 'DELETE' ? null : {}, ifMatch: null, limitMs: 300 });
        ends.push(await end.then(({ status }) => status).catch(() => refusal(end).then(({ code, sent }) => [code, sent])));
      }
      expect(ends).toEqual([['DROPPED', 'unknown'], 503, 307, ['TIMEOUT', 'unknown']]);
      expect(bmc.lines().filter((line) => line === `${method} ${THING}`)).toHaveLength(fates.length);
      expect(bmc.lines().filter((line) => line.includes('Else'))).toEqual([]);
    },
  );

  test('is known not to be sent when there is no connection', async () => {
    const bmc = await startSmallBmc();
    const connection = await open(bmc, { mode: 'read-write' });
    await bmc.stop();
    // The kept-alive socket may still be thought open: the first try may be unknown, a fresh connection cannot be.
    await connection.get(THING).catch(() => undefined);
    const error = await refusal(connection.send({ method: 'POST', uri: THING, body: {}, ifMatch: null }));
    expect([error.code, error.sent]).toEqual(['UNREACHABLE', false]);
  });

  test('to another host is refused before the network', async () => {
    const bmc = await bmcWith();
    const connection = await open(bmc, { mode: 'read-write' });
    for (const uri of ['//evil.example/redfish/v1', 'https://evil.example/redfish/v1', '/redfish/../etc', 'file:///redfish/v1'])
      expect((await refusal(connection.send({ method: 'POST', uri, body: {}, ifMatch: null }))).code).toBe('BAD_URI');
  });
});
